/** Where the bytes are kept. Two of these, held to one suite: a folder of this machine, and S3. */
import type { Readable } from 'node:stream';

/** A finished file on this machine, on the file system of the data folder. */
export interface SpooledFile {
  readonly path: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

export interface OpenMedia {
  readonly bytes: number;
  /** Whoever opened it reads it to its end or destroys it. */
  readonly stream: Readable;
}

export interface MediaStore extends AsyncDisposable {
  /**
   * Takes the file over; seen whole or not at all, and durable when it resolves. The same id again replaces it.
   * When it rejects, nothing is seen that was not before; the file is still the caller's.
   */
  put(id: string, file: SpooledFile, signal: AbortSignal): Promise<void>;
  /** Null where there is none. */
  get(id: string, signal: AbortSignal): Promise<OpenMedia | null>;
  /** Resolves also where there was none. */
  remove(id: string, signal: AbortSignal): Promise<void>;
}

const ID = /^[A-Za-z0-9_-]{16,64}$/;

/** Ids are ours: anything else never becomes part of a path or an address. */
export const isMediaId = (id: string): boolean => ID.test(id);
