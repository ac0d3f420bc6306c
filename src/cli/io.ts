/** Where a command reads and writes: data on standard output, talk on standard error. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import type { Environment } from '../config/environment.ts';

export interface Io {
  readonly environment: Environment;
  readonly cwd: string;
  /** Somebody is there to read standard output, and to answer. */
  readonly isTerminal: boolean;
  /** A text for standard output, with its line breaks. */
  write(text: string): void;
  /** A text for standard error, with its line breaks. */
  tell(text: string): void;
  /** Standard input, whole; rejects with the code `ETOOBIG` where it is larger than any webhook. */
  read(): Promise<Buffer>;
  /** One line that somebody at the terminal answers with; empty where it ends without one. */
  ask(question: string): Promise<string>;
}

/** Flags that every command takes. */
export interface Settings {
  /** hub.yaml. */
  readonly config: string;
  readonly json: boolean;
  readonly color: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** `bold`, `red`, or several at once. */
type Style = Parameters<typeof styleText>[0];

/** A command's view of the world. */
export interface Session {
  readonly io: Io;
  readonly settings: Settings;
  /** A line of data. */
  line(text?: string): void;
  /** The value as JSON, for other programs. */
  json(value: unknown): void;
  /** A line of talk; nothing with `--quiet`. */
  note(text: string): void;
  /** What went wrong, whatever the flags. */
  problem(text: string): void;
  paint(style: Style, text: string): string;
}

export function openSession(io: Io, settings: Settings): Session {
  const paint: Session['paint'] = (style, text) =>
    settings.color ? styleText(style, text, { validateStream: false }) : text;
  return {
    io,
    settings,
    line: (text = '') => io.write(`${text}\n`),
    json: value => io.write(`${JSON.stringify(value, null, 2)}\n`),
    note(text) {
      if (!settings.quiet) io.tell(`${text}\n`);
    },
    problem: text => io.tell(`${paint(['bold', 'red'], 'error:')} ${text}\n`),
    paint,
  };
}

const MAX_INPUT_BYTES = 64_000_000;

/** The process's own streams. */
export function processIo(environment: Environment): Io {
  return {
    environment,
    cwd: process.cwd(),
    isTerminal: process.stdout.isTTY === true && process.stdin.isTTY === true,
    write: text => void process.stdout.write(text),
    tell: text => void process.stderr.write(text),
    async ask(question) {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await Promise.race([lines.question(question), once(lines, 'close').then(() => '')]);
      } finally {
        lines.close();
      }
    },
    async read() {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > MAX_INPUT_BYTES) throw Object.assign(new Error('too large'), { code: 'ETOOBIG' });
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
}
