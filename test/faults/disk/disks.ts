/** Disks that can be full or closed to writing, for real. Null where the machine lets none be mounted. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Leaves not a byte. */
  fill(): void;
  free(): void;
}

export interface RealDisk extends Disposable {
  readonly path: string;
  /** From now on nothing can be written, whoever has files open. */
  close(): void;
  /** As an operator does: unmounted, checked, and mounted again. */
  mend(): void;
}

const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { stdio: 'pipe', encoding: 'utf8' });

export const hasCommand = (name: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name]).status === 0;

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'patchbay-faults-disk-'));

/** A file system in memory. */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const path = newFolder();
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path);
  } catch {
    rmSync(path, { recursive: true });
    return null;
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
    [Symbol.dispose]() {
      run('umount', '-l', path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

const MEGABYTES = 96;

/** An ext4 in a file: told of damage, it closes itself to writing, as it would on a broken disk. */
export function mountDisk(): RealDisk | null {
  const folder = newFolder();
  const image = join(folder, 'image');
  const path = join(folder, 'mounted');
  mkdirSync(path);
  const mount = (): string => run('mount', '-o', 'loop,errors=remount-ro', image, path);
  try {
    run('truncate', '-s', `${MEGABYTES}M`, image);
    run('mkfs.ext4', '-q', '-F', image);
    mount();
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  return {
    path,
    close() {
      const device = basename(run('findmnt', '-no', 'SOURCE', path).trim());
      writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, 'the harness says so');
    },
    mend() {
      run('umount', path);
      // 1: errors were found and corrected, and that is what it is for.
      const { status } = spawnSync('e2fsck', ['-fy', image], { stdio: 'ignore' });
      if (status === null || status > 1) throw new Error(`e2fsck ended with ${status}`);
      mount();
    },
    [Symbol.dispose]() {
      spawnSync('umount', ['-l', path]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
