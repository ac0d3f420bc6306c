/**
 * Which record is being read, in a file: what ends the whole process while it is read is known to the next one, as
 * what ends a thread is known to its supervisor.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export interface ReadingNote extends Disposable {
  /** `deaths`: how often this record has ended its reader before. */
  begin(position: string, deaths: number): void;
  /** Nothing is being read. */
  end(): void;
}

/** So many bytes always, so that a shorter note leaves nothing of a longer one. */
const BYTES = 64;
const NOTE = /^(\d\S*) (\d{1,9}) *$/;

/** A file that cannot be written makes no difference to reading: then nothing is known afterwards. */
export function readingNote(file: string): ReadingNote {
  let fd: number | null = null;
  const write = (text: string): void => {
    try {
      fd ??= openSync(file, 'w', 0o600);
      writeSync(fd, text.padEnd(BYTES), 0);
    } catch {
      // A full disk, or no descriptor to spare.
    }
  };
  return {
    begin: (position, deaths) => write(`${position} ${deaths}`),
    end: () => write(''),
    [Symbol.dispose]() {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}

/** What the process before was reading when it ended, and how often that has ended its reader, this time included. */
export function leftReading(file: string): { readonly position: string; readonly deaths: number } | null {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch {
    return null;
  }
  const [, position, deaths] = NOTE.exec(text) ?? [];
  return position === undefined ? null : { position, deaths: Number(deaths) + 1 };
}
