/** Calls that share a transaction: what becomes of each when the whole of it, or the database itself, is lost. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import {
  type Call,
  groupedCommits,
  type Recorder,
  type Transaction,
} from '../../src/storage/embedded/database/commits.ts';

const UNKEPT: Recorder = { begin: () => ({ keep() {}, committed() {}, rolledBack() {} }) };

describe('grouped commits', () => {
  let db: DatabaseSync;
  let canBeOpened: boolean;
  let failures: string[];
  let settled: string[];
  let commits: ReturnType<typeof groupedCommits>;

  beforeEach(() => {
    db = new DatabaseSync(':memory:');
    db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY)');
    canBeOpened = true;
    failures = [];
    settled = [];
    const given = (): DatabaseSync => {
      if (!canBeOpened) throw new Error('no database');
      return db;
    };
    commits = groupedCommits(
      given,
      UNKEPT,
      error => failures.push(error.message),
      () => {},
    );
  });
  afterEach(() => db.close());

  const add = (name: string, run: (tx: Transaction) => void, over: Partial<Call> = {}): void =>
    commits.add({
      writes: true,
      synced: false,
      run,
      settle: outcome => settled.push(`${name}: ${outcome.ok ? 'done' : outcome.error.message}`),
      ...over,
    });
  const put = (key: number): void => db.exec(`INSERT INTO t VALUES (${key})`);
  const rows = (): readonly unknown[] =>
    db
      .prepare('SELECT a FROM t ORDER BY a')
      .all()
      .map(({ a }) => a);

  it('undo one call alone where it throws', () => {
    const undone: string[] = [];
    add('one', tx => {
      tx.onRollback(() => undone.push('one'));
      put(1);
    });
    add('two', tx => {
      tx.onRollback(() => undone.push('two'));
      put(2);
      throw new Error('wrong');
    });
    commits.flush();
    assert.deepEqual([settled, undone, rows(), failures], [['one: done', 'two: wrong'], ['two'], [1], []]);
  });

  it('undo every call, each once, where SQLite gave up the whole transaction in one of them', () => {
    const undone: string[] = [];
    add('one', tx => {
      tx.onRollback(() => undone.push('one'));
      put(1);
    });
    add('two', tx => {
      tx.onRollback(() => undone.push('two'));
      // As after an error of the disk: nothing is left that could be gone back to.
      db.exec('INSERT OR ROLLBACK INTO t VALUES (1)');
    });
    add('three', () => put(3));
    commits.flush();
    assert.deepEqual(undone, ['two', 'one']);
    assert.deepEqual(rows(), []);
    assert.match(failures.join(), /^UNIQUE constraint failed: t.a$/, 'the cause, and no sequel of it');
    const [cause] = failures;
    assert.deepEqual(settled, [`one: ${cause}`, `two: ${cause}`, `three: ${cause}`]);
    add('four', () => put(4));
    commits.flush();
    assert.deepEqual(rows(), [4]);
  });

  it('fail, and do not end the thread, while there is no database', () => {
    canBeOpened = false;
    add('write', () => put(1));
    add('read', () => assert.fail(new Error('nothing to read')), { writes: false });
    commits.flush();
    assert.deepEqual(settled, ['write: no database', 'read: nothing to read']);
    assert.deepEqual(failures, ['no database']);
    canBeOpened = true;
    add('again', () => put(1));
    commits.flush();
    assert.deepEqual([settled.at(-1), rows()], ['again: done', [1]]);
  });
});
