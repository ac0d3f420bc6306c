/** A row of a table of Graph errors: what a code means for a delivery. */
import type { FaultCode, FaultScope } from '../../message/fault.ts';

export type ErrorRow = Meaning & (Other | Unavailable);

interface Meaning {
  /** Ours, not Meta's: their messages quote parameters, recipients and even tokens. */
  readonly meaning: string;
  /** The least wait that helps, where the answer names none. Only for limits of the whole account. */
  readonly waitMs?: number;
  /** Whom it concerns, where that is not what the fault table says. */
  readonly scope?: FaultScope;
}

/** What may have arrived has no tries after which it did not. */
interface Other {
  readonly fault: Exclude<FaultCode, 'unavailable'>;
}

interface Unavailable {
  readonly fault: 'unavailable';
  /** After this many attempts that are held against the message it becomes `atLast`. */
  readonly tries?: number;
  /** What is to blame in the end; the message itself unless told otherwise. */
  readonly atLast?: FaultCode;
}

/** Too many to one recipient: the account may go on with others. */
export const recipientLimited = (meaning: string): ErrorRow => ({
  fault: 'rate-limited',
  meaning,
  scope: 'conversation',
});

export const rateLimited = (meaning: string, waitMs?: number): ErrorRow =>
  waitMs === undefined ? { fault: 'rate-limited', meaning } : { fault: 'rate-limited', meaning, waitMs };
export const unavailable = (meaning: string, tries?: number): ErrorRow =>
  tries === undefined ? { fault: 'unavailable', meaning } : { fault: 'unavailable', meaning, tries };
export const unauthorized = (meaning: string): ErrorRow => ({ fault: 'unauthorized', meaning });
export const misconfigured = (meaning: string): ErrorRow => ({ fault: 'misconfigured', meaning });
export const unreachable = (meaning: string): ErrorRow => ({ fault: 'unreachable', meaning });
export const windowClosed = (meaning: string): ErrorRow => ({ fault: 'window-closed', meaning });
export const invalid = (meaning: string): ErrorRow => ({ fault: 'invalid-message', meaning });
