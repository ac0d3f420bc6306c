/**
 * The store's own thread: the only one that writes to the database, so commits are grouped and the event loop
 * of the hub never waits for the disk.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { crashPoints } from '../../telemetry/crash.ts';
import { Lanes } from '../lanes.ts';
import { isBefore, type Position } from '../log.ts';
import type { Queue } from '../store.ts';
import { createYielder, yieldToAcknowledging } from '../yield-to-acknowledging.ts';
import { groupedCommits } from './database/commits.ts';
import { type Left, type Operations, openDatabase, operations } from './database/database.ts';
import { newClaims } from './database/work.ts';
import { isFull } from './journal/segment.ts';
import {
  type FromThread,
  REPEATABLE,
  type Reply,
  type Request,
  type ThreadData,
  type ToClient,
  type ToThread,
  WRITES,
} from './protocol.ts';
import { condemn } from './redo/damage.ts';
import { databaseFiles } from './redo/files.ts';
import { keeper } from './redo/keeper.ts';
import { recover } from './redo/recover.ts';
import { RedoFailed } from './redo/writer.ts';

const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

const { dir, bounds, acknowledging, crash } = workerData as ThreadData;
const files = databaseFiles(dir);
const parent = parentPort;
if (parent === null) throw new Error('this module runs as a worker thread');
const tell = (message: FromThread): void => parent.postMessage(message);

yieldToAcknowledging();
const ports = new Set<MessagePort>();
const work = new Lanes(kind => announce(kind === 'clean' ? 'work' : 'suspects'));
const sends = new Lanes(() => announce('sends'));
const claims = newClaims();
const yielder = createYielder(acknowledging);
const writes: ReadonlySet<string> = new Set(WRITES);
let waiters: { readonly position: Position; readonly done: (reached: boolean) => void }[] = [];
let announced = new Set<Queue>();
const recovery = recover(files, Date.now());
const kept = keeper({
  files,
  bounds,
  recovery,
  onProblem: message => tell({ kind: 'problem', message }),
  onLooked: () => tell({ kind: 'looked' }),
  crash: crashPoints(crash),
});
let current: { readonly db: DatabaseSync; readonly ops: Operations } | null = open();

function open(): { readonly db: DatabaseSync; readonly ops: Operations } {
  const db = openDatabase(files.database);
  try {
    kept.attach(db);
    const [onMedia, onOperation] = [() => announce('media'), () => announce('operations')];
    return { db, ops: operations(db, work, sends, claims, yielder, onMedia, onOperation) };
  } catch (error) {
    db.close();
    throw error;
  }
}

function opened(): { readonly db: DatabaseSync; readonly ops: Operations } {
  current ??= open();
  return current;
}

let troubled = false;
const commits = groupedCommits(
  () => opened().db,
  kept.recorder,
  error => {
    troubled = true;
    tell({ kind: 'trouble', message: error.message });
    const code = (error as { errcode?: number }).errcode;
    current?.ops.forget();
    // After a failed sync or write the handle's idea of the file may be wrong: everything is opened anew.
    const isOfRedo = error instanceof RedoFailed;
    const isKnown = code === SQLITE_FULL || code === SQLITE_BUSY || isOfRedo;
    if (!isKnown) reopen();
    else if (code === SQLITE_FULL || (isOfRedo && isFull(error.cause))) kept.makeRoom();
  },
  () => {
    if (troubled) tell({ kind: 'trouble', message: null });
    troubled = false;
  },
  recovery.kind === 'kept' ? null : found => condemn(files, found),
);

function reopen(): void {
  try {
    current?.db.close();
  } catch {
    // It was broken already.
  }
  current = null;
}

/** Tells the clients, once a turn of the loop, that something can be claimed. */
function announce(queue: Queue): void {
  if (announced.size === 0) setImmediate(tellReady);
  announced.add(queue);
}

function tellReady(): void {
  const queues = announced;
  announced = new Set();
  for (const ready of queues) for (const port of ports) port.postMessage({ ready } satisfies ToClient);
}

function serve(port: MessagePort): void {
  let replies: Reply[] = [];
  const reply = (answer: Reply): void => {
    if (replies.length === 0) {
      queueMicrotask(() => {
        port.postMessage({ replies } satisfies ToClient);
        replies = [];
      });
    }
    replies.push(answer);
  };
  ports.add(port);
  port.on('close', () => ports.delete(port));
  port.on('message', (request: Request) => answer(request, reply));
}

function answer(request: Request, reply: (answer: Reply) => void): void {
  const { id, operation } = request;
  if (operation === 'reached') {
    const [position, withinMs] = request.arguments as [Position, number?];
    waitFor(position, withinMs, reached => reply({ id, ok: true, value: reached }));
    return;
  }
  const isWrite = writes.has(operation);
  commits.add({
    writes: isWrite,
    synced: !REPEATABLE.has(operation),
    run: tx => {
      if (operation === 'syncedPosition') {
        kept.sync();
        return opened().ops.position();
      }
      const run = opened().ops[operation] as (...values: unknown[]) => unknown;
      return isWrite ? run(tx, ...request.arguments) : run(...request.arguments);
    },
    settle: outcome => {
      if (outcome.ok) {
        reply({ id, ok: true, value: outcome.value });
        if (operation === 'accept') checkWaiters();
        return;
      }
      const { error } = outcome;
      reply({ id, ok: false, unavailable: isOfTheDisk(error), message: error.message });
    },
  });
}

/**
 * Said of what it was given, which no other try makes better: too big, against a constraint, of another type, misuse,
 * out of range. https://sqlite.org/rescode.html
 */
const OF_THE_CALL: readonly number[] = [18, 19, 20, 21, 25];
const PRIMARY_CODE = 0xff;

/** The call itself may be all right, and is worth another try. */
function isOfTheDisk(error: Error): boolean {
  const { code, syscall, errcode } = error as NodeJS.ErrnoException & { readonly errcode?: number };
  if (code === 'ERR_SQLITE_ERROR') return !OF_THE_CALL.includes((errcode ?? 0) & PRIMARY_CODE);
  return error instanceof RedoFailed || syscall !== undefined;
}

function waitFor(position: Position, withinMs: number | undefined, tell: (reached: boolean) => void): void {
  const tooLate = withinMs === undefined ? undefined : setTimeout(() => waiter.done(false), withinMs).unref();
  const waiter = {
    position,
    done(reached: boolean) {
      clearTimeout(tooLate);
      waiters = waiters.filter(other => other !== waiter);
      tell(reached);
    },
  };
  waiters.push(waiter);
  commits.add({ writes: false, synced: false, run: checkWaiters, settle: () => {} });
}

function checkWaiters(): void {
  if (waiters.length === 0) return;
  const reached = opened().ops.position();
  const [open, done] = [[], []] as [typeof waiters, typeof waiters];
  for (const waiter of waiters) (isBefore(reached, waiter.position) ? open : done).push(waiter);
  waiters = open;
  for (const waiter of done) waiter.done(true);
}

parent.on('message', (message: ToThread) => {
  if (message.kind === 'connect') serve(message.port);
  else void close(parent);
});

async function close(port: MessagePort): Promise<void> {
  commits.flush();
  work.clear();
  sends.clear();
  for (const client of ports) client.close();
  await kept.close(current?.db ?? null);
  tell({ kind: 'closed' });
  port.close();
}

commits.add({
  writes: true,
  synced: true,
  run: tx => opened().ops.load(tx),
  settle: outcome => {
    if (!outcome.ok) throw outcome.error;
    tell({ kind: 'open', left: outcome.value as Left, recovery });
  },
});
