/** A disk of a few megabytes, which can really be full or closed to writing. */
import { execFileSync } from 'node:child_process';
import { couldNotRun } from './could-not-run.ts';
import { type MemoryDisk, mountMemoryDisk } from './memory-disk.ts';

export interface SmallDisk extends MemoryDisk {
  /** From now on nothing can be written. Throws while a file is open for it. */
  close(): void;
}

const MEGABYTES = 16;

function mount(): SmallDisk {
  const disk = mountMemoryDisk(MEGABYTES);
  return {
    ...disk,
    close: () => void execFileSync('mount', ['-o', 'remount,ro', disk.path], { stdio: 'pipe' }),
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
