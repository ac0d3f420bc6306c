/**
 * A copy of a data folder, of a hub that runs or of one that does not. The database comes first, as it was after one
 * commit; then the journal, so that it reaches at least as far; then everything else.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { schemaVersion } from '../database/schema.ts';
import { databaseFiles, isMissing, syncFile, syncFolder } from '../redo/files.ts';
import { commitOf, logPosition } from '../redo/state.ts';
import { type BackedUpFile, describeFile, MANIFEST, type Manifest } from './manifest.ts';

export type Taken =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly problem: string };

export interface BackupOptions {
  /** The data folder. */
  readonly dir: string;
  /** Where the backup is to be; nothing may be there. */
  readonly to: string;
  /** Of this program. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Made anew by the hub, of no use without the process that wrote them, or copied in another way. */
const LEFT_OUT = /^(hub\.db(-wal|-shm|\.sums)?|hub\.lock|run\.json|redo|damaged-.*|replaced-.*)$/;
const UNFINISHED = join('media', 'incoming');
const PAGES_A_STEP = 1_024;

/** Under `to` there is a whole backup afterwards, or nothing. */
export async function takeBackup(options: BackupOptions): Promise<Taken> {
  const { dir, to } = options;
  const files = databaseFiles(dir);
  if (!existsSync(files.database)) return { ok: false, problem: `${dir} has no database` };
  if (!relative(resolve(dir), resolve(to)).startsWith('..'))
    return { ok: false, problem: 'a backup inside of the data folder would be lost with it' };
  if (existsSync(to) && readdirSync(to).length > 0) return { ok: false, problem: `${to} is not empty` };
  const part = `${resolve(to)}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true, mode: 0o700 });
  try {
    const state = await copyDatabase(files.database, join(part, 'hub.db'));
    if (state === null)
      return { ok: false, problem: 'the database is damaged; start the hub, which mends it' };
    const copied: BackedUpFile[] = [await describeFile(part, 'hub.db')];
    for (const path of pathsIn(dir, '')) {
      if (!(await copyInto(dir, part, path))) continue;
      copied.push(await describeFile(part, path));
    }
    const manifest: Manifest = {
      format: 'patchbay-backup',
      formatVersion: 1,
      at: new Date(options.now).toISOString(),
      version: options.version,
      ...state,
      files: copied,
    };
    writeFileSync(join(part, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    for (const path of [...copied.map(file => file.path), MANIFEST]) syncFile(join(part, path));
    rmSync(to, { recursive: true, force: true });
    renameSync(part, to);
    syncFolder(dirname(resolve(to)));
    return { ok: true, manifest };
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

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
    const [row] = copy.prepare('PRAGMA integrity_check(1)').all();
    return Object.values(row ?? {})[0] === 'ok' ? state : null;
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

/** False where the file went away meanwhile: what is kept for a while only is no longer kept. */
async function copyInto(dir: string, part: string, path: string): Promise<boolean> {
  await mkdir(dirname(join(part, path)), { recursive: true, mode: 0o700 });
  try {
    await copyFile(join(dir, path), join(part, path));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
