/** Messages and records for tests; every id that is not given is new. */
import type { InboundEvent } from '../../src/message/event.ts';
import type { InboundMessage, OutboundMessage } from '../../src/message/message.ts';
import type { LogRecord, Position } from '../../src/storage/log.ts';
import type { ReadRecord } from '../../src/storage/store.ts';

let last = 0;
export const newId = (kind: string): string => `${kind}-${++last}`;

export function inboundMessage(
  over: Partial<Omit<InboundMessage, 'address'>> & {
    address?: Partial<InboundMessage['address']>;
    text?: string;
  } = {},
): InboundMessage {
  const { address, text, ...rest } = over;
  return {
    id: newId('platform'),
    address: { tenant: 'default', channel: 'test', conversation: 'alice', ...address },
    sender: { id: 'alice', kind: 'person' },
    time: 1_750_000_000_000,
    content: { kind: 'text', text: text ?? 'hello' },
    ...rest,
  };
}

export function outboundMessage(over: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    id: newId('out'),
    address: { tenant: 'default', channel: 'test', conversation: 'alice' },
    content: { kind: 'text', text: 'hi' },
    ...over,
  };
}

export const messageEvent = (message: InboundMessage): InboundEvent => ({ kind: 'message', message });

export function readRecord(
  events: readonly InboundEvent[],
  position: Position,
  over: Partial<ReadRecord> = {},
): ReadRecord {
  return {
    id: newId('record'),
    at: 1_750_000_000_000,
    tenant: 'default',
    channel: 'test',
    position,
    events,
    ...over,
  };
}

export function logRecord(over: Partial<LogRecord> = {}): LogRecord {
  return {
    id: newId('record'),
    at: 1_750_000_000_000,
    source: 'webhook',
    tenant: 'default',
    channel: 'test',
    query: {},
    headers: {},
    body: Buffer.from('{}'),
    ...over,
  };
}
