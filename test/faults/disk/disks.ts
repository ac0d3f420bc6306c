/** Disks that can be full or closed to writing, for real. Null where the machine lets none be mounted. */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type MemoryDisk, mountMemoryDisk } from '../../support/memory-disk.ts';

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
export function mountSmallDisk(megabytes: number): MemoryDisk | null {
  try {
    return mountMemoryDisk(megabytes);
  } catch {
    return null;
  }
}

const MEGABYTES = 96;

/** An ext4 in a file: told of damage, it closes itself to writing, as it would on a broken disk. */
export function mountDisk(): RealDisk | null {
  const folder = newFolder();
  const image = join(folder, 'image');
  const path = join(folder, 'mounted');
  mkdirSync(path);
  const mount = (): string => run('mount', '-o', 'loop,errors=remount-ro', image, path);
  const trigger = (): string => {
    const device = basename(run('findmnt', '-no', 'SOURCE', path).trim());
    return `/sys/fs/ext4/${device}/trigger_fs_error`;
  };
  try {
    run('truncate', '-s', `${MEGABYTES}M`, image);
    run('mkfs.ext4', '-q', '-F', image);
    mount();
    accessSync(trigger(), constants.W_OK);
  } catch {
    spawnSync('umount', ['-l', path], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  return {
    path,
    close() {
      writeFileSync(trigger(), 'the harness says so');
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
