/** A disk of a few megabytes, which can really be full or closed to writing: a file system in memory, mounted. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { couldNotRun } from './could-not-run.ts';

export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Leaves not a byte. */
  fill(): void;
  /** Takes back what `fill` took. */
  free(): void;
  /** From now on nothing can be written. Throws while a file is open for it. */
  close(): void;
}

const MEGABYTES = 16;

function mount(): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'patchbay-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  const filler = join(path, 'filler');
  return {
    path,
    fill() {
      const fd = openSync(filler, 'w');
      for (let size = 1_048_576; size > 0; ) {
        try {
          writeSync(fd, Buffer.alloc(size));
        } catch {
          size = Math.floor(size / 2);
        }
      }
      closeSync(fd);
    },
    free: () => rmSync(filler, { force: true }),
    close: () => void execFileSync('mount', ['-o', 'remount,ro', path], { stdio: 'pipe' }),
    [Symbol.dispose]() {
      // Lazily: a process that was told to end may still hold a file.
      execFileSync('umount', ['-l', path], { stdio: 'pipe' });
      rmdirSync(path);
    },
  };
}

/** Why no disk can be made here; null where one can. */
function refusal(): string | null {
  try {
    mount()[Symbol.dispose]();
    return null;
  } catch {
    return 'no file system can be mounted here';
  }
}

/** A suite whose tests make disks of their own. Where none can be made, the end of the run says so. */
export function describeOnSmallDisk(title: string, suite: (disk: () => SmallDisk) => void): void {
  const why = refusal();
  if (why === null) describe(title, () => suite(mount));
  else couldNotRun(title, why);
}
