/** The append side of the redo log; all calls wait for the system, so it belongs into the store's thread. */
import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, rmSync, writevSync } from 'node:fs';
import { syncFile, syncFolder } from './files.ts';
import { encodeHeader, encodeSegmentHeader, HEADER_BYTES } from './frame.ts';
import { namesIn, redoFolder, segmentPath } from './segments.ts';

/** Nothing was kept of the commit: it must not be made. */
export class RedoFailed extends Error {}

export interface RedoWriter extends Disposable {
  /** Keeps a commit that is about to be made. Throws `RedoFailed` where it cannot. */
  append(commit: number, schema: number, patchset: Uint8Array, synced: boolean): void;
  /** The commit that was kept last was not made after all. */
  takeBack(): void;
  /** Returns when all that was kept is on the disk; throws where nobody knows, and a new segment is begun then. */
  sync(): void;
  /** As `sync`, of what writers before this one left to the system; once. */
  syncEarlier(): void;
  /** The next commit begins a segment of its own. */
  cut(): void;
  /** All bytes appended, and all segments begun, by this writer. */
  readonly written: { readonly bytes: number; readonly segments: number };
  /** How many syncs failed: after each nobody knows what of the log so far is on the disk. */
  readonly doubts: number;
}

interface Open {
  readonly fd: number;
  readonly schema: number;
  bytes: number;
  /** The length of the last commit, while it may be taken back. */
  last: number;
}

export function redoWriter(dir: string, maxSegmentBytes: number): RedoWriter {
  mkdirSync(dir, { recursive: true });
  let number = Math.max(0, ...namesIn(dir).map(name => Number(/^(\d{8})\.redo$/.exec(name)?.[1] ?? 0)));
  let open: Open | null = null;
  let doubts = 0;
  let earlierSynced = false;
  const written = { bytes: 0, segments: 0 };

  function segment(commit: number, schema: number): Open {
    if (open !== null && open.schema === schema && open.bytes < maxSegmentBytes) return open;
    close();
    const path = segmentPath(dir, ++number);
    const fd = openSync(path, 'wx', 0o600);
    try {
      writeAll(fd, [encodeSegmentHeader({ schema, first: commit })], 0);
      syncFolder(dir);
    } catch (error) {
      closeSync(fd);
      rmSync(path, { force: true });
      throw error;
    }
    open = { fd, schema, bytes: HEADER_BYTES, last: 0 };
    written.segments++;
    return open;
  }

  /** What later syncs are to cover must be on the disk before its file is out of reach. */
  function close(): void {
    if (open === null) return;
    const { fd } = open;
    open = null;
    try {
      fdatasyncSync(fd);
    } catch (error) {
      doubts++;
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** The segment is left as it is: the header of the next one says from which commit on it counts no more. */
  function giveUp(): void {
    const given = open;
    open = null;
    if (given === null) return;
    try {
      closeSync(given.fd);
    } catch {
      // Nothing more can be done with it.
    }
  }

  function takeBack(): void {
    if (open === null) return;
    try {
      open.bytes -= open.last;
      open.last = 0;
      ftruncateSync(open.fd, open.bytes);
    } catch {
      giveUp();
    }
  }

  return {
    written,
    get doubts() {
      return doubts;
    },
    append(commit, schema, patchset, synced) {
      let syncing = false;
      try {
        const to = segment(commit, schema);
        to.last = 0;
        writeAll(to.fd, [encodeHeader(commit, patchset), patchset], to.bytes);
        to.last = HEADER_BYTES + patchset.length;
        to.bytes += to.last;
        written.bytes += to.last;
        syncing = true;
        if (synced) fdatasyncSync(to.fd);
      } catch (error) {
        takeBack();
        // After a failed sync a later one would not tell what is missing.
        if (syncing) {
          doubts++;
          giveUp();
        }
        const { code = 'unknown' } = error as NodeJS.ErrnoException;
        throw new RedoFailed(`the redo log of the database cannot be written: ${code}`, { cause: error });
      }
    },
    takeBack,
    sync() {
      if (open === null) return;
      try {
        fdatasyncSync(open.fd);
      } catch (error) {
        // The next one would find nothing wrong.
        doubts++;
        giveUp();
        throw error;
      }
    },
    syncEarlier() {
      if (earlierSynced) return;
      // The next one would find nothing wrong.
      earlierSynced = true;
      try {
        for (const { path } of redoFolder(dir).segments) syncFile(path);
      } catch (error) {
        doubts++;
        throw error;
      }
    },
    cut: close,
    [Symbol.dispose]: close,
  };
}

function writeAll(fd: number, parts: readonly Uint8Array[], offset: number): void {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  let written = writevSync(fd, parts, offset);
  while (written < total) {
    const rest = Buffer.concat(parts).subarray(written);
    const more = writevSync(fd, [rest], offset + written);
    if (more === 0) throw Object.assign(new Error('no byte written'), { code: 'ENOSPC' });
    written += more;
  }
}
