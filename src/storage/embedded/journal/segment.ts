/**
 * One file of the journal, open for appending. Room is made ahead of the records by writing zeros: a write into a
 * file that does not grow can be made durable alone, one into a file that grows has to wait for the file system's
 * own log, and with it for whatever other files have just written. What is left of the room is cut off at the end;
 * after a crash it reads as a torn tail.
 */
import {
  close,
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  statSync,
  write,
} from 'node:fs';
import { join } from 'node:path';
import { isSame } from '../gone.ts';
import { segmentName } from './frame.ts';

/** Why bytes were not stored; `doubtful` when nobody knows what the file holds now. */
export interface Failure {
  readonly error: unknown;
  readonly doubtful: boolean;
}

/** A write that returns when it is durable saves a turn through the event loop; elsewhere a sync follows it. */
const WRITES_MAY_BE_SYNCED = process.platform === 'linux';
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
const ZEROS = Buffer.alloc(1024 * 1024);
const LEAST_ROOM = 256 * 1024;
const MOST_ROOM = 1024 * 1024;

export class Segment {
  readonly number: number;
  readonly openedAt = Date.now();
  /** Behind the last record. */
  offset = 0;
  readonly path: string;
  readonly #maxBytes: number;
  readonly #onWritten: (() => void) | undefined;
  readonly #writesAreSynced: boolean;
  readonly #fd: number;
  /** For the zeros, which nobody waits for. */
  readonly #roomFd: number;
  #room = 0;
  #growing = false;
  #mayGrow = true;
  #afterGrowth: (() => void)[] = [];

  /**
   * Throws what opening the file fails with, and leaves nothing behind then. With `onWritten` writes and syncs are
   * two calls, and it is told in between.
   */
  constructor(dir: string, number: number, maxBytes: number, onWritten?: () => void) {
    this.path = join(dir, segmentName(number));
    this.number = number;
    this.#maxBytes = maxBytes;
    this.#onWritten = onWritten;
    this.#writesAreSynced = WRITES_MAY_BE_SYNCED && onWritten === undefined;
    this.#fd = openSync(this.path, this.#writesAreSynced ? FLAGS | constants.O_DSYNC : FLAGS, 0o600);
    try {
      this.#roomFd = openSync(this.path, 'r+');
    } catch (error) {
      closeSync(this.#fd);
      rmSync(this.path, { force: true });
      throw error;
    }
  }

  /** As if it had never been opened; only before anything is appended. */
  discard(): void {
    for (const fd of [this.#fd, this.#roomFd]) closeSync(fd);
    rmSync(this.path, { force: true });
  }

  /** One at a time. `offset` moves when the caller says so, by `advance` or `cut`. */
  append(bytes: Buffer, done: (failure: Failure | null) => void): void {
    const end = this.offset + bytes.length;
    // Zeros that are on their way must not land on a record.
    if (this.#growing && end > this.#room) this.#afterGrowth.push(() => this.#write(bytes, done));
    else this.#write(bytes, done);
  }

  /** Whether its name leads to nothing, or to another file: then nobody will read what is written. */
  isGone(): boolean {
    const named = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    return named === undefined || !isSame(named, fstatSync(this.#fd, { bigint: true }));
  }

  advance(bytes: number): void {
    this.offset += bytes;
    const step = Math.min(MOST_ROOM, Math.max(LEAST_ROOM, this.offset));
    if (this.#room - this.offset < step / 2 && this.offset < this.#maxBytes) this.#grow(step);
  }

  /** Takes back what an append left half-written. False when the file can be used no more. */
  cut(): boolean {
    try {
      ftruncateSync(this.#fd, this.offset);
    } catch {
      return false;
    }
    this.#room = this.offset;
    return true;
  }

  /** Without the room that was not used. */
  async close(): Promise<void> {
    await new Promise<void>(resolve => {
      if (this.#growing) this.#afterGrowth.push(resolve);
      else resolve();
    });
    this.cut();
    for (const fd of [this.#fd, this.#roomFd]) await new Promise<void>(resolve => close(fd, () => resolve()));
  }

  #write(bytes: Buffer, done: (failure: Failure | null) => void): void {
    writeAll(this.#fd, bytes, this.offset, error => {
      if (error !== null) return done({ error, doubtful: this.#writesAreSynced && !isFull(error) });
      if (this.#writesAreSynced) return done(null);
      this.#onWritten?.();
      fdatasync(this.#fd, failed => done(failed === null ? null : { error: failed, doubtful: true }));
    });
  }

  #grow(bytes: number): void {
    if (this.#growing || !this.#mayGrow) return;
    this.#growing = true;
    const start = Math.max(this.#room, this.offset);
    const end = start + bytes;
    const done = (error: unknown): void => {
      if (error === null && this.#room <= start) this.#room = end;
      // The last space of a full disk is for records.
      if (error !== null) this.#giveBack(start);
      this.#growing = false;
      const waiting = this.#afterGrowth;
      this.#afterGrowth = [];
      for (const run of waiting) run();
    };
    const fill = (at: number): void => {
      if (at >= end) return fdatasync(this.#roomFd, done);
      const zeros = ZEROS.subarray(0, Math.min(ZEROS.length, end - at));
      writeAll(this.#roomFd, zeros, at, error => (error === null ? fill(at + zeros.length) : done(error)));
    };
    fill(start);
  }

  /** Nothing behind `from` is a record: those that would lie there wait for the growth. */
  #giveBack(from: number): void {
    this.#mayGrow = false;
    try {
      ftruncateSync(this.#roomFd, Math.max(from, this.offset));
    } catch {
      // Then it stays; it is only space.
    }
  }
}

export function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function writeAll(fd: number, bytes: Buffer, offset: number, done: (error: unknown) => void): void {
  write(fd, bytes, 0, bytes.length, offset, (error, written) => {
    if (error !== null) done(error);
    else if (written === bytes.length) done(null);
    else if (written === 0) done(Object.assign(new Error('no byte written'), { code: 'ENOSPC' }));
    else writeAll(fd, bytes.subarray(written), offset + written, done);
  });
}
