/**
 * Records on their way from the thread that reads the log to the store's: one flat list of strings and numbers,
 * which is copied between threads several times faster than objects are.
 */
import type { InboundEvent, Receipt } from '../../message/event.ts';
import type { InboundMessage } from '../../message/message.ts';
import { formatPosition } from '../log.ts';
import type { ReadRecord } from '../store.ts';

/** A record with its messages written as JSON already: threads pass strings more cheaply than objects. */
export interface PreparedRecord extends Omit<ReadRecord, 'events' | 'position'> {
  readonly raw: string;
  readonly events: readonly PreparedEvent[];
}

export type PreparedEvent =
  | {
      readonly kind: 'message';
      readonly platformId: string;
      readonly conversation: string;
      readonly content: string;
      /** The other names of its conversation, where that is one with a person; null for what a bot said. */
      readonly heard: readonly string[] | null;
      readonly json: string;
    }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly at: string }
  | {
      readonly kind: 'outbound';
      readonly id: string;
      readonly conversation: string;
      readonly json: string;
      readonly idempotencyKey: string | null;
      readonly digest: string;
    };

export type PackedRecords = readonly (string | number)[];

export function packRecords(records: readonly ReadRecord[]): PackedRecords {
  const packed: (string | number)[] = [];
  for (const { id, at, tenant, channel, position, events } of records) {
    packed.push(id, at, tenant, channel, formatPosition(position), events.length);
    for (const event of events) packEvent(event, packed);
  }
  return packed;
}

function packEvent(event: InboundEvent, packed: (string | number)[]): void {
  if (event.kind === 'message') {
    const { id, address, content } = event.message;
    // SQLite replaces half a surrogate pair; done before, the same id stays the same.
    packed.push(
      'message',
      id.toWellFormed(),
      address.conversation.toWellFormed(),
      content.kind,
      ...packNames(event.message),
      JSON.stringify(event.message),
    );
    return;
  }
  if (event.kind !== 'outbound') return void packed.push('other', JSON.stringify(event));
  const { message, idempotencyKey, digest } = event;
  const { conversation } = message.address;
  const json = JSON.stringify(message);
  packed.push(
    'other',
    JSON.stringify({ kind: 'outbound', id: message.id, conversation, json, idempotencyKey, digest }),
  );
}

const MAX_NAMES = 4;

/** How many there are, and they themselves; fewer than none for a bot. */
function packNames({ sender, address }: InboundMessage): readonly (string | number)[] {
  if (sender.kind === 'bot') return [-1];
  const isOfOne = sender.id === address.conversation;
  const names = isOfOne ? (sender.aliases ?? []).slice(0, MAX_NAMES).map(name => name.toWellFormed()) : [];
  return [names.length, ...names];
}

export function* unpackRecords(packed: PackedRecords): Generator<PreparedRecord> {
  let next = 0;
  const text = (): string => String(packed[next++]);
  const number = (): number => Number(packed[next++]);
  while (next < packed.length) {
    const record = { id: text(), at: number(), tenant: text(), channel: text(), raw: text() };
    const count = number();
    const events = Array.from({ length: count }, (): PreparedEvent => {
      if (text() === 'other') return JSON.parse(text()) as PreparedEvent;
      const named = { platformId: text(), conversation: text(), content: text() };
      const names = number();
      const heard = names < 0 ? null : Array.from({ length: names }, text);
      return { kind: 'message', ...named, heard, json: text() };
    });
    yield { ...record, events };
  }
}
