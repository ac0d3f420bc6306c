/** One item of a webhook: whom it is about, when it was, and what of all there is it tells. */
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asId, asObject } from '../json.ts';
import { byReference } from './addresses.ts';
import { callPermission, customerInformation, edit, feedback, order, postback, reaction } from './answers.ts';
import { madeId, timeOf } from './ids.ts';
import { messageEvents } from './message.ts';
import { accountLinking, handover, optin, referral, responseFeedback } from './notices.ts';
import { delivered, echo, read } from './receipts.ts';
import { type Account, ignored, type Read, said, type Told } from './told.ts';

/** By the key that tells what it is about, in the order they are looked for. */
const READERS: Readonly<Record<string, Read>> = {
  message: messageEvents,
  postback,
  reaction,
  delivery: delivered,
  read,
  message_edit: edit,
  optin,
  referral,
  account_linking: accountLinking,
  pass_thread_control: handover('pass'),
  take_thread_control: handover('take'),
  request_thread_control: handover('request'),
  messaging_customer_information: customerInformation,
  messaging_feedback: feedback,
  response_feedback: responseFeedback,
  order,
  call_permission_reply: callPermission,
};

/** For operators or for nobody: with the reason they are counted by. */
const SKIPPED: Readonly<Record<string, string>> = {
  app_roles: 'the roles of apps have changed',
  policy_enforcement: 'a notice about the policies of the platform',
  'policy-enforcement': 'a notice about the policies of the platform',
  game_play: 'a game was played',
};

export interface Where {
  readonly account: Account;
  /** When the entry was put together, for items without a time. */
  readonly entryTime: JsonValue | undefined;
}

export function itemEvents(
  item: JsonObject,
  { account, entryTime }: Where,
): readonly InboundEvent[] | string {
  const skipped = Object.keys(SKIPPED).find(key => Object.hasOwn(item, key));
  if (skipped !== undefined) return [ignored(SKIPPED[skipped] ?? skipped)];
  const key = Object.keys(READERS).find(name => asObject(item[name]) !== undefined);
  const part = key === undefined ? undefined : asObject(item[key]);
  const isEcho = key === 'message' && part?.is_echo === true;
  const person = isEcho ? partyOf(item.recipient) : personOf(item, part);
  const time = timeOf(item.timestamp) ?? timeOf(entryTime);
  if (time === undefined) return 'an item without a time';
  if (person === undefined)
    return key === undefined
      ? [ignored('an item of an unknown kind, about nobody')]
      : 'an item without its person';
  const told: Told = { account, person, time, prior: asObject(item.prior_message) };
  if (part === undefined) return unknown(item, told);
  if (isEcho) return echo(part, told);
  // Whatever the page itself does is no news to it.
  if (person === account.pageId) return [ignored('by the page itself')];
  return READERS[key ?? '']?.(part, told) ?? [];
}

const personOf = (item: JsonObject, part: JsonObject | undefined): string | undefined =>
  partyOf(item.sender) ?? reference(part?.user_ref);

/** By page-scoped id; who used a plugin on a site may have a reference only. */
function partyOf(value: JsonValue | undefined): string | undefined {
  const party = asObject(value);
  return asId(party?.id) ?? reference(party?.user_ref);
}

function reference(value: JsonValue | undefined): string | undefined {
  const ref = asId(value);
  return ref === undefined ? undefined : byReference(ref);
}

const SHELL: readonly string[] = ['sender', 'recipient', 'timestamp', 'id', 'time', 'prior_message'];
const KEY_NAME = /^[a-z_-]{1,48}$/;

/** Kept as what it calls itself; by the alphabet where there are several names, in whichever order they stand. */
function unknown(item: JsonObject, told: Told): readonly InboundEvent[] {
  const [name = ''] = Object.keys(item)
    .filter(key => !SHELL.includes(key))
    .sort();
  const platformType = KEY_NAME.test(name) ? name : 'unknown';
  const id = madeId('unknown', told.person, told.time, platformType);
  return [said(told, { id, content: { kind: 'unsupported', platformType } })];
}
