/** What goes between the store's thread and those who use it. */
import type { MessagePort } from 'node:worker_threads';
import type { Position } from '../log.ts';
import type { Queue } from '../store.ts';
import type { AcknowledgingFlag } from '../yield-to-acknowledging.ts';
import type { Left, Operations } from './database/database.ts';
import type { KeeperBounds } from './redo/keeper.ts';
import type { Recovery } from './redo/report.ts';

type Arguments<Operation> = Operation extends (tx: infer First, ...rest: infer Rest) => unknown
  ? First extends { count: unknown }
    ? Rest
    : Parameters<Operation>
  : never;

/** Operations that change something, and take the transaction first. */
export const WRITES = [
  'accept',
  'claimWork',
  'finishWork',
  'abandonWork',
  'claimSends',
  'plan',
  'refuse',
  'intend',
  'settle',
  'hold',
  'lapse',
  'answerFailed',
  'keepAccount',
  'claimMedia',
  'finishMedia',
  'addMedia',
  'expireMedia',
  'expire',
  'expireOperatorRecords',
  'editDeadLetter',
  'startOperation',
  'stopOperation',
  'resumeOperation',
  'advanceOperation',
  'beginReread',
  'reread',
] as const satisfies readonly (keyof Operations)[];

/**
 * Operations whose commit may wait for a later sync: after a power cut they are done again, from the journal or
 * from what was committed before, to the same end. What has left the house, or is about to, cannot be: an intent
 * is synced before its attempt, and its outcome after it. A killed process loses neither kind.
 */
export const REPEATABLE: ReadonlySet<string> = new Set<(typeof WRITES)[number]>([
  'accept',
  'claimWork',
  'finishWork',
  'claimSends',
  'plan',
  'hold',
  'lapse',
  'keepAccount',
  'claimMedia',
  'finishMedia',
  'expireMedia',
  'expire',
  'expireOperatorRecords',
  'advanceOperation',
  'beginReread',
  'reread',
]);

/** Operations that only look. */
export const READS = [
  'position',
  'ledger',
  'trace',
  'message',
  'messages',
  'feed',
  'idempotent',
  'accounts',
  'failedSends',
  'media',
  'oldMedia',
  'deadLetters',
  'deadLetter',
  'deadLetterGroups',
  'countDeadLetters',
  'operation',
  'runningOperations',
  'audit',
] as const satisfies readonly (keyof Operations)[];

export type Operation = (typeof WRITES)[number] | (typeof READS)[number];

export interface Request {
  readonly id: number;
  readonly operation: Operation | 'reached' | 'syncedPosition';
  readonly arguments: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly unavailable: boolean; readonly message: string };

export type ToClient = { readonly replies: readonly Reply[] } | { readonly ready: Queue };

export type ToThread =
  /** A client's end of a channel. */
  { readonly kind: 'connect'; readonly port: MessagePort } | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'open'; readonly left: Left; readonly recovery: Recovery }
  /** Something on the disk is not what was written to it; what can be done about it is being done. */
  | { readonly kind: 'problem'; readonly message: string }
  /** The files that are there for repairs were looked at. */
  | { readonly kind: 'looked' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'trouble'; readonly message: string | null };

export interface ThreadData {
  /** The data folder. */
  readonly dir: string;
  readonly bounds: KeeperBounds;
  readonly acknowledging: AcknowledgingFlag;
  /** `HUB_CRASH`: where tests end the process. */
  readonly crash: string | undefined;
}

/** The operation as a client calls it. */
export type Remote = {
  [Name in Operation]: (...values: Arguments<Operations[Name]>) => Promise<ReturnType<Operations[Name]>>;
} & {
  reached(position: Position, withinMs?: number): Promise<boolean>;
  syncedPosition(): Promise<Position>;
};
