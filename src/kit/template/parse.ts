/** What a webhook says, in the hub's words: N in, N out. What is not understood is kept, never dropped. */
import {
  asId,
  asList,
  asNumber,
  asObject,
  type ChannelIdentity,
  compact,
  type InboundContent,
  type InboundEvent,
  type JsonObject,
  type JsonValue,
  type ReceiptStatus,
  readJson,
  type WebhookRequest,
} from 'patchbay/adapter';

export interface Account {
  readonly identity: ChannelIdentity;
  /** Our own id there. */
  readonly id: string;
}

/** Throws `Unreadable` for a body that is no JSON object. */
export function parse(request: WebhookRequest, account: Account): readonly InboundEvent[] {
  const items = asList(readJson(request.body).events);
  if (items.length === 0) return [{ kind: 'ignored', reason: 'a webhook without events' }];
  return items.map((item, index) => eventOf(item, `events.${index}`, account));
}

function eventOf(item: JsonValue, at: string, account: Account): InboundEvent {
  const event = asObject(item) ?? {};
  switch (event.type) {
    case 'message':
      return messageOf(event, at, account);
    case 'receipt':
      return receiptOf(event, at);
    default:
      return { kind: 'ignored', reason: 'an event of unknown type' };
  }
}

function messageOf(event: JsonObject, at: string, { identity, id: own }: Account): InboundEvent {
  const from = asObject(event.from);
  const sender = asId(from?.id);
  const id = asId(event.id);
  const conversation = asId(event.conversation);
  const time = asNumber(event.time);
  if (id === undefined || conversation === undefined || sender === undefined || !Number.isSafeInteger(time))
    return { kind: 'unreadable', reason: 'a message without id, conversation, sender or time', at };
  // Or the bot would answer itself.
  if (sender === own) return { kind: 'ignored', reason: 'a message of our own' };
  return {
    kind: 'message',
    message: {
      id,
      address: { tenant: identity.tenant, channel: identity.id, conversation },
      sender: compact({ id: sender, kind: 'person' as const, name: asId(from?.name) }),
      time: time ?? 0,
      content: contentOf(asObject(event.content) ?? {}),
    },
  };
}

/** Begin here: recordings/text.json says what a text is to become, and its rule fails until it does. */
function contentOf(content: JsonObject): InboundContent {
  return { kind: 'unsupported', platformType: asId(content.type) ?? 'nothing' };
}

const STATUSES: Readonly<Record<string, ReceiptStatus>> = { delivered: 'delivered', read: 'read' };

function receiptOf(event: JsonObject, at: string): InboundEvent {
  const name = asId(event.status) ?? '';
  const status = Object.hasOwn(STATUSES, name) ? STATUSES[name] : undefined;
  if (status === undefined) return { kind: 'ignored', reason: 'a receipt of unknown status' };
  const target = asId(event.message);
  const time = asNumber(event.time);
  if (target === undefined || time === undefined || !Number.isSafeInteger(time))
    return { kind: 'unreadable', reason: 'a receipt without message or time', at };
  return { kind: 'receipt', receipt: compact({ target, marker: asId(event.marker), status, time }) };
}
