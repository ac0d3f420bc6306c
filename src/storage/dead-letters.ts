/**
 * The dead letters, of both directions, and what operators do with them: edit, replay, discard. Part of the
 * store's port; its promises hold here as well. Every action has an id of its own, is kept in the audit, and can be
 * repeated under its key without a second effect.
 */
import type { JsonValue } from '../message/json.ts';
import type { InboundMessage, OutboundMessage } from '../message/message.ts';
import type { Origin } from './log.ts';
import type { ReadRecord } from './store.ts';

export type Direction = 'inbound' | 'outbound';

/**
 * `open`: an operator is to decide. `replayed`: it was given back to the pipeline or to delivery, and is open
 * again if that fails. `discarded`: it stays dead on purpose.
 */
export type LetterState = 'open' | 'replayed' | 'discarded';

/** Why an inbound message is dead; an outbound one has the code of its fault. */
export const INBOUND_CODES = {
  unreadable: 'what came could not be read, and is kept as raw bytes',
  rejected: 'a processor said that it will never do',
  failed: 'a processor failed until the attempts were used up',
  poison: 'it ended the pipeline three times',
  damaged: 'the database was damaged, and whether it was answered is not known',
} as const;
export type InboundCode = keyof typeof INBOUND_CODES;

/** Why a record is not read any more: whatever reads it ends. */
export const ENDS_ITS_READER = 'reading it ended the pipeline 3 times';

export interface DeadLetter {
  /** The hub's id of the message. */
  readonly id: string;
  readonly direction: Direction;
  readonly seq: number;
  readonly channel: string;
  /** Empty for what could not be read. */
  readonly conversation: string;
  /** When the message was accepted or created. */
  readonly at: number;
  readonly state: LetterState;
  /** The message's own state, as `dead`, `parked`, `waiting`, `open`, `done`, `sent`. */
  readonly messageState: string;
  readonly code: string;
  /** The platform's own code, where it gave one. */
  readonly platformCode: string | null;
  readonly reason: string;
  /** How often it became a dead letter. */
  readonly times: number;
  /** Attempts at it, over all its life. */
  readonly tries: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly note: string | null;
  /** A receipt says that it arrived after all. */
  readonly proven: boolean;
  /** As it was at first, several texts worked on as one joined; null for what could not be read. */
  readonly message: InboundMessage | OutboundMessage | null;
  /** The content that a replay takes in its place; null when it was not edited. */
  readonly edited: JsonValue | null;
  /** Where the raw bytes of an inbound message are in the log. */
  readonly raw: string | null;
}

export interface LetterFilter {
  readonly channel?: string | undefined;
  readonly direction?: Direction | undefined;
  /** The code, or the platform's own. */
  readonly reason?: string | undefined;
  /** Dead since, and before: milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export interface LetterQuery extends LetterFilter {
  readonly state?: LetterState | undefined;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface LetterPage {
  readonly letters: readonly DeadLetter[];
  /** Null on the last page. */
  readonly next: string | null;
}

export interface LetterGroup {
  readonly direction: Direction;
  readonly channel: string;
  readonly code: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The oldest of them. */
  readonly sample: string;
}

/** Who does something, and under which key it may be repeated. */
export interface Action {
  /** The action's own id; a replay's or discard's is the operation's as well. */
  readonly id: string;
  readonly who: string;
  readonly key: string | null;
  /** Of everything that was asked for: the same key with another one is refused. */
  readonly digest: string;
}

export type Target =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'filter'; readonly filter: LetterFilter; readonly limit: number | null };

export type OperationKind = 'replay' | 'discard';
export type OperationState = 'running' | 'stopped' | 'done';

/** One replay or discard of one or many letters: those that were open when it was asked for, in their order. */
export interface BulkOperation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly who: string;
  readonly target: Target;
  readonly note: string | null;
  readonly force: boolean;
  /** Letters a second. */
  readonly rate: number;
  readonly total: number;
  readonly processed: number;
  /** Of those, how many could not be taken; the first of them with the reason. */
  readonly refused: number;
  readonly refusals: readonly { readonly id: string; readonly why: Refusal }[];
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

export type Refusal =
  /** It is on its way already. */
  | 'in-flight'
  /** A receipt or a successful replay says that it had its effect. Overruled by force. */
  | 'already-delivered'
  /** Somebody discarded it. Overruled by force. */
  | 'discarded'
  /** Every part of it was sent. */
  | 'nothing-left'
  /** Its raw bytes are no longer kept. */
  | 'raw-gone'
  /** The disk does not give its raw bytes. */
  | 'raw-failed'
  /** What came in the same request may be forgotten, and would be answered a second time. Overruled by force. */
  | 'batch-forgotten'
  /** Reading it ended the pipeline again and again, or the hub ended as often while it was read for this operation. */
  | 'unsafe-to-read';

export interface OperationRequest {
  readonly kind: OperationKind;
  readonly target: Target;
  readonly force: boolean;
  readonly rate: number;
  readonly note: string | null;
}

export type Started =
  | { readonly kind: 'started'; readonly operation: BulkOperation }
  | { readonly kind: 'unknown'; readonly ids: readonly string[] }
  /** Of letters named by id; nothing was done. */
  | { readonly kind: 'refused'; readonly refusals: BulkOperation['refusals'] }
  | KeyReused;

export type Edited =
  | { readonly kind: 'edited'; readonly letter: DeadLetter }
  | { readonly kind: 'unknown' }
  /** It is no dead letter now, has no content, or was sent in part. */
  | { readonly kind: 'refused'; readonly why: 'not-open' | 'no-content' | 'partly-sent' }
  | KeyReused;

export type Controlled =
  | { readonly kind: 'controlled'; readonly operation: BulkOperation }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'over' }
  | KeyReused;

/** The key was used for something else, or for what is no longer kept. */
export interface KeyReused {
  readonly kind: 'key-reused';
}

export interface AuditEntry {
  readonly seq: number;
  readonly id: string;
  readonly at: number;
  readonly who: string;
  readonly action: 'edit' | 'replay' | 'discard' | 'stop' | 'resume';
  /** What it was done to: ids, a filter, an operation. */
  readonly target: JsonValue;
  readonly count: number;
  readonly note: string | null;
}

/** What could not be read, on its way to be read again. */
export interface Quarantined extends Origin {
  readonly item: number;
  readonly id: string;
  readonly raw: string;
}

/** What became of reading it again, or why it was not read. */
export interface Reread {
  readonly operation: string;
  readonly item: number;
  /** New; the ids of the messages in it begin with it. */
  readonly id: string;
  readonly record: ReadRecord | 'raw-gone' | 'raw-failed';
}

export interface Progress {
  readonly processed: number;
  readonly state: OperationState;
  /** The next item, if it has to be read again before the operation can go on. */
  readonly quarantined: Quarantined | null;
}

export interface DeadLetterDesk {
  /** Outbound ones first, each direction in the order of its messages. */
  deadLetters(query: LetterQuery): Promise<LetterPage>;
  deadLetter(id: string): Promise<DeadLetter | null>;
  /** Open ones, counted by direction, channel and code. */
  deadLetterGroups(filter: LetterFilter): Promise<readonly LetterGroup[]>;
  /** How many an operation would take. */
  countDeadLetters(target: Target): Promise<number>;
  /** Content for the next replay; null takes an edit back. The caller has checked its form. */
  editDeadLetter(edit: {
    readonly id: string;
    readonly content: JsonValue | null;
    readonly action: Action;
  }): Promise<Edited>;
  startOperation(request: OperationRequest, action: Action): Promise<Started>;
  /** A stopped operation goes on where it was, also after a restart. */
  stopOperation(id: string, action: Action): Promise<Controlled>;
  resumeOperation(id: string, action: Action): Promise<Controlled>;
  operation(id: string): Promise<BulkOperation | null>;
  runningOperations(): Promise<readonly { readonly id: string; readonly rate: number }[]>;
  /**
   * Takes up to `limit` letters of an operation, in order, each to the end of its conversation's lane; they and
   * the operation's place move in one transaction, so none is taken twice.
   */
  advanceOperation(step: { readonly operation: string; readonly limit: number }): Promise<Progress>;
  /**
   * Before an item is read again, which may end the process: the one that finds it begun by `MAX_DEATHS` readers
   * before refuses it, and is told false. A reader is one process's, and may begin the same item more than once.
   */
  beginReread(begun: {
    readonly operation: string;
    readonly item: number;
    readonly reader: string;
  }): Promise<boolean>;
  /** Settles an item that `advanceOperation` said is to be read again. */
  reread(reread: Reread): Promise<void>;
  /** Newest first. */
  audit(query: {
    readonly before?: number | undefined;
    readonly limit: number;
  }): Promise<readonly AuditEntry[]>;
}
