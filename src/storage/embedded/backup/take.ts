/**
 * A copy of a data folder, of a hub that runs or of one that does not; then the database is looked at first, as at a
 * start. The database comes first, as it was after one commit; then the journal, so that it reaches at least as far;
 * then everything else.
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { schemaVersion } from '../database/schema.ts';
import { UNFINISHED_RESTORE } from '../hold.ts';
import { firstFault } from '../redo/damage.ts';
import { type DatabaseFiles, databaseFiles, syncFolder } from '../redo/files.ts';
import { type Recovery, tellRecovery } from '../redo/report.ts';
import { commitOf, logPosition } from '../redo/state.ts';
import { makeFolder } from './folders.ts';
import { type BackupTarget, isArchive, targetOf } from './form.ts';
import { type BackedUpFile, MANIFEST, type Manifest } from './manifest.ts';
import { databaseIdentity, type Settled, settleDatabase } from './settle.ts';
import { RESTORE_PART } from './unfinished.ts';

export type Taken =
  | {
      readonly ok: true;
      readonly manifest: Manifest;
      /** What was found and done before, where no hub runs. */
      readonly recovery: Recovery | null;
    }
  | { readonly ok: false; readonly problem: string };

export interface BackupOptions {
  /** The data folder. */
  readonly dir: string;
  /** Where the backup is to be, a folder, or a file where it ends in `.tar`; nothing may be there. */
  readonly to: string;
  /** Of this program. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Made anew by the hub, of no use without the process that wrote them, or copied in another way. */
const LEFT_OUT = new RegExp(
  `^(hub\\.db(-wal|-shm|\\.sums|\\.condemned)?|hub\\.lock(-journal)?|(run|clock)\\.json(\\.new)?|redo|damaged-.*|replaced-.*|${RESTORE_PART})$`,
);
const UNFINISHED = join('media', 'incoming');
const PAGES_A_STEP = 1_024;

/** Under `to` there is a whole backup afterwards, or nothing. Throws where no hub could start on the folder. */
export async function takeBackup(options: BackupOptions): Promise<Taken> {
  const { dir, to, now } = options;
  const files = databaseFiles(dir);
  const refused = refusalOf(files, to);
  if (refused !== null) return { ok: false, problem: refused };
  const settled = settleDatabase(files, now);
  const identity = databaseIdentity(files);
  // Neither there nor made of a redo log; or a hub is about to make it.
  if (identity === null) return { ok: false, problem: `${dir} has no database` };
  const part = `${resolve(to)}.part`;
  rmSync(part, { recursive: true, force: true });
  makeFolder(part);
  try {
    const form = isArchive(to) ? 'archive' : 'folder';
    const whole = join(part, form);
    const target = await targetOf(form, whole, now);
    const filled = await fill(target, part, settled, options).finally(target.close);
    if (!filled.ok) return filled;
    if (databaseIdentity(files) !== identity || existsSync(join(dir, UNFINISHED_RESTORE)))
      return { ok: false, problem: `what is in ${dir} was replaced meanwhile; take the backup again` };
    rmSync(to, { recursive: true, force: true });
    renameSync(whole, to);
    syncFolder(dirname(resolve(to)));
    return filled;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/** Null where nothing is known against a backup. */
function refusalOf({ dir, database, redo }: DatabaseFiles, to: string): string | null {
  if (!existsSync(database) && !existsSync(redo)) return `${dir} has no database`;
  if (!relative(resolve(dir), resolve(to)).startsWith('..'))
    return 'a backup inside of the data folder would be lost with it';
  const taken = takenBy(to);
  return taken === null ? null : `${to} ${taken}`;
}

/** Why no backup can be there; null where one can. An empty folder is as good as none. */
function takenBy(to: string): string | null {
  const found = statSync(to, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (isArchive(to) || !found.isDirectory()) return 'is there already';
  return readdirSync(to).length > 0 ? 'is not empty' : null;
}

/** `part`: a folder for what is not finished. */
async function fill(
  target: BackupTarget,
  part: string,
  { recovery, leastCommit }: Settled,
  options: BackupOptions,
): Promise<Taken> {
  const { dir } = options;
  const database = join(part, 'hub.db');
  const state = await copyDatabase(databaseFiles(dir).database, database);
  if (state === null) return { ok: false, problem: `the database is damaged${mendedBy(recovery)}` };
  if (state.commit < leastCommit)
    return {
      ok: false,
      problem: `the database is ${leastCommit - state.commit} commits behind its redo log; take the backup again when the hub is ready`,
    };
  const files = [await target.take(database, 'hub.db')];
  for (const path of pathsIn(dir, '')) files.push(await target.add(join(dir, path), path));
  const manifest: Manifest = {
    format: 'patchbay-backup',
    formatVersion: 1,
    at: new Date(options.now).toISOString(),
    version: options.version,
    ...state,
    warnings: recovery === null ? [] : [...tellRecovery(recovery)],
    files: files.filter((file): file is BackedUpFile => file !== null),
  };
  await target.finish(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  return { ok: true, manifest, recovery };
}

const mendedBy = (recovery: Recovery | null): string =>
  recovery === null ? '; start the hub again, which mends it' : ', and could not be mended';

type State = Pick<Manifest, 'schema' | 'commit' | 'position'>;

/** Null where what was copied is not sound. */
async function copyDatabase(from: string, to: string): Promise<State | null> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
  let state: State;
  try {
    // All steps of the copy see the database as it is now, whatever the hub does meanwhile.
    source.exec('BEGIN');
    state = { schema: schemaVersion(source), commit: commitOf(source), position: logPosition(source) };
    await backup(source, to, { rate: PAGES_A_STEP });
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(to, { readOnly: true });
  try {
    return firstFault(copy, 'integrity_check') === null ? state : null;
  } finally {
    copy.close();
    // Opening a database in WAL mode leaves these, also where nothing was written.
    for (const ending of ['-wal', '-shm']) rmSync(to + ending, { force: true });
  }
}

function* pathsIn(dir: string, below: string): Generator<string> {
  for (const entry of readdirSync(join(dir, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if ((below === '' && LEFT_OUT.test(entry.name)) || path === UNFINISHED) continue;
    if (entry.isDirectory()) yield* pathsIn(dir, path);
    else if (entry.isFile()) yield path;
  }
}
