/**
 * One writer, grouped commits: calls that arrive while a commit is under way are run in the next transaction
 * together and share its sync. A call that throws is rolled back alone; a commit that fails undoes them all. One that
 * finds the database damaged, commit or look, ends the thread with `DamageFound`, unless nothing better can be had.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type DamageFound, endIfDamaged, isDamage } from '../redo/damage.ts';

/** What a call may use besides SQL: counters and lanes change only if the transaction does. */
export interface Transaction {
  /** Milliseconds since 1970. */
  readonly now: number;
  count(name: string, by: number): void;
  afterCommit(run: () => void): void;
  /** Run in reverse order if the call or the commit fails. */
  onRollback(run: () => void): void;
}

export interface Call {
  readonly writes: boolean;
  /** Whether its commit must be on the disk before anybody is told. */
  readonly synced: boolean;
  run(tx: Transaction): unknown;
  settle(
    outcome: { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: Error },
  ): void;
}

/** Keeps what each transaction changed, beside the database. */
export interface Recorder {
  /** At the beginning of a transaction, before anything is changed. */
  begin(db: DatabaseSync): Recording;
}

export interface Recording {
  /** Before the commit, which is not made if this throws. With `synced` it is on the disk afterwards. */
  keep(synced: boolean): void;
  /** A throw ends the thread: nothing may go on. */
  committed(): void;
  rolledBack(): void;
}

interface Done {
  readonly call: Call;
  readonly value: unknown;
  readonly error: Error | null;
}

export interface Commits {
  add(call: Call): void;
  /** Runs all that waits now. */
  flush(): void;
}

/**
 * `db` gives what calls run on, and may throw: then they all fail. `onFailure` is told when a commit failed; from then
 * on `db` may give another. `onSuccess`: when one went well.
 */
export function groupedCommits(
  db: () => DatabaseSync,
  recorder: Recorder,
  onFailure: (error: Error) => void,
  onSuccess: () => void,
  /** Told before the thread ends; null where it is not to end: such a call fails alone. */
  onDamage: ((found: DamageFound) => void) | null = () => {},
): Commits {
  let waiting: Call[] = [];
  let scheduled = false;

  function flush(): void {
    scheduled = false;
    const calls = waiting;
    waiting = [];
    const writes = calls.filter(call => call.writes);
    if (writes.length > 0) commit(writes);
    for (const call of calls) if (!call.writes) settleRead(call, onDamage);
  }

  function commit(calls: readonly Call[]): void {
    const counts = new Map<string, number>();
    const after: (() => void)[] = [];
    const undo: (() => void)[] = [];
    const done: Done[] = [];
    let handle: DatabaseSync | null = null;
    let recording: Recording | null = null;
    try {
      handle = db();
      handle.exec('BEGIN IMMEDIATE');
      recording = recorder.begin(handle);
      for (const call of calls) done.push(runCall(handle, call, counts, after, undo, onDamage !== null));
      writeCounts(handle, counts);
      recording.keep(calls.some(call => call.synced));
      handle.exec('COMMIT');
    } catch (error) {
      rollBack(handle);
      recording?.rolledBack();
      for (const run of undo.reverse()) run();
      const failure = error as Error;
      endIfDamaged(failure, onDamage);
      onFailure(failure);
      for (const call of calls) call.settle({ ok: false, error: failure });
      return;
    }
    recording.committed();
    onSuccess();
    for (const run of after) run();
    for (const { call, value, error } of done) {
      call.settle(error === null ? { ok: true, value } : { ok: false, error });
    }
  }

  return {
    add(call) {
      waiting.push(call);
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
    flush,
  };
}

function runCall(
  db: DatabaseSync,
  call: Call,
  counts: Map<string, number>,
  after: (() => void)[],
  undo: (() => void)[],
  endsAtDamage: boolean,
): Done {
  const own = { counts: new Map<string, number>(), after: [] as (() => void)[], undo: [] as (() => void)[] };
  const tx: Transaction = {
    now: Date.now(),
    count: (name, by) => own.counts.set(name, (own.counts.get(name) ?? 0) + by),
    afterCommit: run => own.after.push(run),
    onRollback: run => own.undo.push(run),
  };
  db.exec('SAVEPOINT call');
  try {
    const value = call.run(tx);
    db.exec('RELEASE call');
    for (const [name, by] of own.counts) counts.set(name, (counts.get(name) ?? 0) + by);
    after.push(...own.after);
    undo.push(...own.undo);
    return { call, value, error: null };
  } catch (error) {
    for (const run of own.undo.reverse()) run();
    // Where the whole transaction is gone (disk full, I/O error) there is nothing to go back to: all calls fail.
    // https://sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
    // What was read from a damaged database is not to be kept either.
    if (!db.isTransaction || (endsAtDamage && isDamage(error))) throw error;
    db.exec('ROLLBACK TO call; RELEASE call');
    return { call, value: undefined, error: error as Error };
  }
}

function writeCounts(db: DatabaseSync, counts: ReadonlyMap<string, number>): void {
  if (counts.size === 0) return;
  const add = db.prepare(
    'INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value',
  );
  for (const [name, by] of counts) add.run(name, by);
}

/** Null where it could not even be opened. */
function rollBack(db: DatabaseSync | null): void {
  try {
    if (db?.isTransaction) db.exec('ROLLBACK');
  } catch {
    // The handle itself is broken; whoever is told of the failure opens a new one.
  }
}

function settleRead(call: Call, onDamage: ((found: DamageFound) => void) | null): void {
  const tx: Transaction = { now: Date.now(), count: () => {}, afterCommit: () => {}, onRollback: () => {} };
  try {
    call.settle({ ok: true, value: call.run(tx) });
  } catch (error) {
    endIfDamaged(error as Error, onDamage);
    call.settle({ ok: false, error: error as Error });
  }
}
