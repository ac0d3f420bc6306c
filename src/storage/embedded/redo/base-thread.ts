/**
 * A thread for what takes long and only reads: looks whether the files that are there for repairs are whole, and
 * copies the database beside the redo log, as it is after one commit. Lives for one task.
 */
import { renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { PATIENCE_MS, patiently } from '../reading.ts';
import { faultIn } from './damage.ts';
import { crcOfFile, databaseFiles, isMissing, syncFile, syncFolder } from './files.ts';
import { checkPages } from './pages.ts';
import { basePath, isWhole, redoFolder, redoFrom } from './segments.ts';
import { commitOf } from './state.ts';
import { openSums } from './sums.ts';
import { readWal } from './wal.ts';

export type BaseTask = {
  readonly dir: string;
  /** The last commit that was made: what stands behind it in the log may be taken back at any moment. */
  readonly last: number;
} & (
  | { readonly task: 'look' }
  /** With a descriptor of the database, which stays open. */
  | { readonly task: 'copy'; readonly pages: number }
);

export type FromBase =
  | { readonly kind: 'looked'; readonly problems: readonly string[] }
  | { readonly kind: 'copied'; readonly commit: number }
  /** The database is not what was written, or was written wrong: there is no new copy. */
  | { readonly kind: 'damaged'; readonly what: string };

const PAGES_A_STEP = 512;

const given = workerData as BaseTask;
const { dir, last } = given;
const files = databaseFiles(dir);

function look(): FromBase {
  const { segments, bases } = redoFolder(files.redo);
  const problems: string[] = [];
  const [base] = bases;
  if (base !== undefined && !isWhole(base))
    problems.push(`the copy of the database ${basename(base.path)} is damaged`);
  let next = (base?.commit ?? 0) + 1;
  for (const redone of redoFrom(segments, next)) {
    if ('commit' in redone) {
      if (redone.commit > last) break;
      if (redone.commit > next)
        problems.push(`the redo log lacks the commits from ${next} to ${redone.commit - 1}`);
      next = redone.commit + 1;
    } else if (!redone.torn && (next <= last || redone.offset === 0))
      problems.push(
        `${redone.bytes} bytes of ${basename(redone.segment)} from ${redone.offset} on are damaged`,
      );
  }
  if (next <= last) problems.push(`the redo log lacks the commits from ${next} to ${last}`);
  return { kind: 'looked', problems };
}

async function copy(pages: number): Promise<FromBase> {
  using db = guarded(new DatabaseSync(files.database, { readOnly: true, timeout: 5_000 }));
  // All steps of the copy see the database as it is now.
  db.source.exec('BEGIN');
  const commit = commitOf(db.source);
  const checked = patiently(PATIENCE_MS, () => checkPages(pages, openSums(files.sums), readWal(files.wal)));
  if (checked.kind === 'damaged')
    return { kind: 'damaged', what: `${checked.count} pages of the database are not what was written` };
  const path = join(files.redo, 'base.tmp');
  rmSync(path, { force: true });
  try {
    await backup(db.source, path, { rate: PAGES_A_STEP });
    // What was written wrong is as its checksum says. Of such a copy nothing can be made anew.
    const fault = faultOf(path);
    if (fault !== null) {
      rmSync(path, { force: true });
      return { kind: 'damaged', what: `the database was written wrong: ${fault}` };
    }
    syncFile(path);
    renameSync(path, basePath(files.redo, commit, crcOfFile(path)));
  } catch (error) {
    // Where the disk is full, others need the room.
    rmSync(path, { force: true });
    throw error;
  }
  syncFolder(files.redo);
  return { kind: 'copied', commit };
}

function faultOf(path: string): string | null {
  // Nobody else has it open: no lock and no files beside it are needed. https://sqlite.org/uri.html#uriimmutable
  const url = pathToFileURL(path);
  url.search = 'immutable=1';
  using copied = guarded(new DatabaseSync(url, { readOnly: true }));
  return faultIn(copied.source);
}

function guarded(source: DatabaseSync): Disposable & { readonly source: DatabaseSync } {
  return { source, [Symbol.dispose]: () => source.close() };
}

async function run(): Promise<FromBase> {
  if (given.task === 'copy') return await copy(given.pages);
  try {
    return look();
  } catch (error) {
    // A new base was made meanwhile, and what stood before it is gone.
    if (isMissing(error)) return { kind: 'looked', problems: [] };
    throw error;
  }
}

parentPort?.postMessage(await run());
