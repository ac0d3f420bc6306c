/**
 * The ordered record of everything that came in. What is appended is durable before anybody is told so; the
 * log is also where raw payloads are kept. Embedded: a checksummed file beside the database.
 */

/** One request, authenticated, as it was received. */
export interface LogRecord {
  /** The hub's id: a UUID of version 7, so ids grow with time. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Where it came in: a signed webhook, a channel's own front door, or our API. */
  readonly source: 'webhook' | 'door' | 'api';
  readonly tenant: string;
  readonly channel: string;
  /** Only where a secret is being rotated, and it was signed with the one before. */
  readonly secret?: 'previous';
  readonly query: Readonly<Record<string, string>>;
  /** What is needed to read the body; never credentials. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The raw bytes. */
  readonly body: Uint8Array;
}

/** A record as people read it. */
export interface RawRequest extends Pick<LogRecord, 'headers' | 'secret'> {
  readonly body: string;
}

export const asRead = ({ headers, secret, body }: LogRecord): RawRequest => ({
  headers,
  ...(secret === undefined ? {} : { secret }),
  body: Buffer.from(body).toString('utf8'),
});

/** A place in the log; comparable, and stable as long as the record is kept. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

export const START: Position = { segment: 0, offset: 0 };

export const isBefore = (one: Position, other: Position): boolean =>
  one.segment < other.segment || (one.segment === other.segment && one.offset < other.offset);

export const formatPosition = (position: Position): string => `${position.segment}:${position.offset}`;

export function parsePosition(text: string): Position {
  const [segment = Number.NaN, offset = Number.NaN] = text.split(':').map(Number);
  if (!Number.isInteger(segment) || !Number.isInteger(offset)) throw new Error(`not a log position: ${text}`);
  return { segment, offset };
}

export type Appended =
  /** Durable; `next` is the position behind the record. */
  | { readonly ok: true; readonly position: Position; readonly next: Position }
  /** Not stored, or not known to be: whoever sent it must send it again. */
  | { readonly ok: false; readonly reason: 'busy' | 'full' | 'unavailable' | 'closed' };

export interface Log extends AsyncDisposable {
  /** Resolves when the record is durable, or when it is clear that it will not be. Never rejects. */
  append(record: LogRecord): Promise<Appended>;
  /**
   * Where the first record of this process goes; all that is before it was there at the start. Never before what the
   * store has taken in.
   */
  readonly start: Position;
  /** Why nothing can be stored at the moment; null when all is well. */
  readonly trouble: string | null;
}

export interface StoredRecord {
  readonly position: Position;
  readonly next: Position;
  readonly record: LogRecord;
}

/** Bytes that should be records and are not. */
export interface Damage {
  readonly from: Position;
  readonly bytes: number;
  /**
   * Nobody can tell whether a record in them had been acknowledged: they are the last that a process wrote, and a
   * power cut may leave the same of a record that never was.
   */
  readonly perhaps: boolean;
}

/** What a message has in common with the record it came in with, whatever ids they have. */
export type Origin = Pick<LogRecord, 'at' | 'channel'>;

export interface LogBatch {
  readonly records: readonly StoredRecord[];
  readonly damage: readonly Damage[];
  /** What the disk did not give, in pieces. What is damage from there on may be whole when it is read again. */
  readonly unreadable: readonly Position[];
  /** Where to go on. */
  readonly next: Position;
}

export interface LogReader {
  /** Records from a position on, in order, up to `end` where that is given; empty when there is none yet. */
  read(from: Position, maxBytes: number, end?: Position): LogBatch;
  /**
   * The record of this origin at a position; null when it is no longer kept, also where another lies there now: a
   * log that was lost begins anew, and with it its positions. Throws where the disk does not give it.
   */
  at(position: Position, origin: Origin): LogRecord | null;
}
