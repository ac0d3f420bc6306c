/** What a record of the log says: an adapter's reading, with everything it may throw turned into a value. */
import type { InboundEvent } from '../message/event.ts';
import type { OutboundMessage } from '../message/message.ts';
import type { LogRecord } from '../storage/log.ts';

/** The part of an adapter that reads. */
export interface Reader {
  parse(request: {
    readonly method: 'POST';
    readonly query: LogRecord['query'];
    readonly headers: LogRecord['headers'];
    readonly body: Uint8Array;
  }): readonly InboundEvent[];
}

export interface ReadOptions {
  readonly readerOf: (tenant: string, channel: string) => Reader | undefined;
  /** Whether an error says that the body is at fault and not the adapter. */
  readonly isUnreadable: (error: unknown) => boolean;
}

export function readRecord(record: LogRecord, options: ReadOptions): readonly InboundEvent[] {
  const { tenant, channel, query, headers, body } = record;
  if (record.source === 'api') return [askedByApi(body)];
  const reader = options.readerOf(tenant, channel);
  if (reader === undefined) return unreadable(`channel ${channel} is not configured`);
  try {
    return reader.parse({ method: 'POST', query, headers, body }).map(checkId);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'something', message: '' };
    // An adapter's own error may quote the body; the kit's `Unreadable` promises not to.
    return unreadable(options.isUnreadable(error) ? message : `the adapter threw ${name}`);
  }
}

/** Of what an adapter made of a record that the store fails on. */
export const NOT_STORABLE = 'what the adapter read could not be stored';

export const unreadable = (reason: string): readonly InboundEvent[] => [
  { kind: 'unreadable', reason, at: '' },
];

/** Our own server wrote this body after checking it. */
function askedByApi(body: Uint8Array): InboundEvent {
  const asked = JSON.parse(Buffer.from(body).toString('utf8')) as {
    message: OutboundMessage;
    idempotencyKey: string | null;
    digest: string;
  };
  return { kind: 'outbound', ...asked };
}

/** Two messages without an id would count as one told twice, and the second be lost. */
function checkId(event: InboundEvent, index: number): InboundEvent {
  if (event.kind !== 'message' || (event.message.id !== '' && event.message.address.conversation !== ''))
    return event;
  return { kind: 'unreadable', reason: 'a message without an id or conversation', at: `/${index}` };
}
