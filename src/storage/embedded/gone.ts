/**
 * Files that were deleted or replaced under the hub that has them open. Writing to them goes on without an error, and
 * nobody will find what was written: so it is looked for.
 */
import { statSync } from 'node:fs';

const NEEDED =
  'What was acknowledged before is in the files that were there; nothing more is acknowledged. Put them back, or ' +
  'bring a backup in with `patchbay restore`, and start the hub again; stop it before its data folder is moved, ' +
  'deleted or restored';
const MADE_ANEW =
  'Nothing more is acknowledged, and nothing is lost: what was in it is in the redo log too. Leave all as it is, and ' +
  'start the hub again';

/** What stands in the folder now is not what the hub has open. */
export class FilesGone extends Error {
  /** `isMadeAnew`: the next start needs nothing of it. */
  constructor(path: string, isMadeAnew = false) {
    super(`${path} was deleted or replaced while the hub had it open. ${isMadeAnew ? MADE_ANEW : NEEDED}`);
    this.name = 'FilesGone';
  }
}

interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export interface OpenFile {
  readonly path: string;
  /** Null for a folder: not open, it need not be known by the same number for ever. */
  readonly identity: Identity | null;
}

export const isSame = (one: Identity, other: Identity): boolean =>
  one.dev === other.dev && one.ino === other.ino;

/** To be called once the file is open. */
export const openFile = (path: string): OpenFile => ({ path, identity: statSync(path, { bigint: true }) });

export const folder = (path: string): OpenFile => ({ path, identity: null });

const LOOK_MS = 500;

/** Tells the first that is gone, once. What cannot be looked at just now is looked at again. */
export function watchFiles(files: readonly OpenFile[], onGone: (path: string) => void): Disposable {
  const timer = setInterval(() => {
    const gone = files.find(isGone);
    if (gone === undefined) return;
    clearInterval(timer);
    onGone(gone.path);
  }, LOOK_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function isGone({ path, identity }: OpenFile): boolean {
  try {
    const now = statSync(path, { bigint: true, throwIfNoEntry: false });
    return now === undefined || (identity !== null && !isSame(now, identity));
  } catch {
    return false;
  }
}
