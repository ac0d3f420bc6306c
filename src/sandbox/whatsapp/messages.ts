/** `POST /{version}/{phone number id}/messages`: checked in the order Meta checks, then taken. */
import { asId, asObject, compact } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { type Buckets, buckets, noLimit } from '../buckets.ts';
import type { AccountContext, Consequence, Handled, PlatformAnswer } from '../platform.ts';
import { base64 } from '../random.ts';
import { DISPLAY_NUMBER } from './account.ts';
import type { Check } from './checks.ts';
import type { From } from './envelope.ts';
import { isDocumented } from './errors.ts';
import type { People, Person } from './people.ts';
import { type Sent, type Status, statusObject, statusWebhook } from './statuses.ts';
import { checkMessage, checkReadMark } from './validate.ts';
import { wordsOf } from './words.ts';

export interface MessagesOptions {
  readonly context: AccountContext;
  readonly from: From;
  readonly people: People;
  readonly refuse: (code: number, details?: string) => PlatformAnswer;
}

const WINDOW_MS = 24 * 3_600_000;
const RECEIPTS: readonly Status[] = ['sent', 'delivered', 'read'];

export function messagesCall({
  context,
  from,
  people,
  refuse,
}: MessagesOptions): (body: JsonObject) => Handled {
  const { behaviour, now, random } = context;
  const { pair, number } = limits(context);

  const refused = (code: number, details?: string): Handled => ({
    answer: refuse(code, details),
    method: 'messages',
    taken: null,
    webhooks: [],
  });

  /** What is right in form and may still not go now, or not to them. */
  function objection(body: JsonObject, recipient: Recipient): Check {
    if (recipient.phone === DISPLAY_NUMBER) return { code: 131021, details: 'Recipient is the sender' };
    const magic = Number(recipient.phone?.slice(-6));
    if (isDocumented(magic) && magic > 100_000)
      return { code: magic, details: 'The last six digits of this number ask for it' };
    if (body.type !== 'template' && !windowOpen(recipient.person))
      return {
        code: 131047,
        details:
          'Message failed to send because more than 24 hours have passed since the customer last replied',
      };
    if (number.take('') > 0)
      return { code: 130429, details: 'Cloud API message throughput has been reached' };
    if (pair.take(recipient.key) > 0)
      return {
        code: 131056,
        details: 'Too many messages from this phone number to the same one in a short time',
      };
    return null;
  }

  function windowOpen(person: Person | null): boolean {
    if (person === null) return true;
    const wrote = people.lastWrote(person);
    if (wrote === undefined) return behaviour.strangers === 'believed';
    return now() - wrote < WINDOW_MS;
  }

  function take(body: JsonObject, recipient: Recipient): Handled {
    const id = `wamid.${base64(36, random)}`;
    const marker = asId(body.biz_opaque_callback_data) ?? null;
    const { phone, userId } = recipient;
    const contact = compact({
      input: String(body.to ?? body.recipient),
      wa_id: phone ?? undefined,
      user_id: userId ?? undefined,
    });
    return {
      method: 'messages',
      answer: {
        status: 200,
        body: { messaging_product: 'whatsapp', contacts: [contact], messages: [{ id }] },
      },
      taken: { platformId: id, marker, conversation: recipient.key, text: wordsOf(body) },
      webhooks: receipts({ id, recipient: { phone, userId }, marker }),
    };
  }

  const receipts = (sent: Sent): readonly Consequence[] =>
    RECEIPTS.map((status, index) => {
      const afterMs = behaviour.receiptMs * (index + 1);
      const told = statusObject(sent, status, now() + afterMs);
      return { ...statusWebhook(from, told), afterMs, what: `status ${status}`, arrival: status !== 'sent' };
    });

  return body => {
    if (body.messaging_product !== 'whatsapp')
      return refused(100, 'The parameter messaging_product is required.');
    if (body.status !== undefined) return readMark(body, refused);
    const wrong = checkMessage(body);
    if (wrong !== null) return refused(wrong.code, wrong.details);
    const recipient = recipientOf(body, people);
    const against = objection(body, recipient);
    return against === null ? take(body, recipient) : refused(against.code, against.details);
  };
}

/** https://developers.facebook.com/docs/whatsapp/cloud-api/overview: 80 a second for a number, one in six seconds for a pair, of which 45 may be borrowed. */
function limits({ behaviour, now }: AccountContext): { readonly pair: Buckets; readonly number: Buckets } {
  if (behaviour.rates === 'none') return { pair: noLimit, number: noLimit };
  return {
    number: buckets({ perSecond: 80, burst: 80, now }),
    pair: buckets({ perSecond: 1 / 6, burst: 45, now }),
  };
}

interface Recipient {
  /** What the limits count by, and what looks on show. */
  readonly key: string;
  readonly phone: string | null;
  readonly userId: string | null;
  /** Null for a group. */
  readonly person: Person | null;
}

function recipientOf(body: JsonObject, people: People): Recipient {
  const to = asId(body.to);
  if (body.recipient_type === 'group') return { key: to ?? '', phone: null, userId: null, person: null };
  const person = people.find(to?.replace(/^\+/, '') ?? asId(body.recipient) ?? '');
  return { key: person.phone ?? person.userId, phone: person.phone, userId: person.userId, person };
}

function readMark(body: JsonObject, refused: (code: number, details?: string) => Handled): Handled {
  const wrong: Check =
    body.status === 'read' ? checkReadMark(body) : { code: 100, details: 'Param status must be read' };
  if (wrong !== null) return refused(wrong.code, wrong.details);
  const typing = asObject(body.typing_indicator) !== undefined;
  return {
    method: 'messages',
    answer: { status: 200, body: { success: true } },
    taken: { platformId: null, marker: null, conversation: null, text: typing ? '(typing)' : '(read)' },
    webhooks: [],
  };
}
