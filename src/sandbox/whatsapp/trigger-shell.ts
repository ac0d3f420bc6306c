/** What every WhatsApp trigger shares: who it is from, fresh ids, the shell around it. */
import type { JsonObject } from '../../message/json.ts';
import type { Draft, Trigger, TriggerContext } from '../platform.ts';
import { base64 } from '../random.ts';
import { AccountConfig } from './account.ts';
import { envelope, seconds } from './envelope.ts';
import { userIdOf } from './people.ts';

/** Digits without a plus. */
const SOMEBODY = '15550100001';

export interface Sender {
  readonly phone: string;
  readonly userId: string;
  readonly name: string;
}

export function senderOf({ param }: TriggerContext): Sender {
  const phone = param('from', SOMEBODY).replace(/^\+/, '');
  return { phone, userId: userIdOf(phone), name: param('name', 'Ada Example') };
}

export const newWamid = (random: () => number): string => `wamid.${base64(33, random)}`;

/** A change of the given field. */
export function change(context: TriggerContext, field: string, value: JsonObject): Draft {
  const { account } = AccountConfig.parse(context.config);
  const from = { phoneNumberId: account.phone_number_id, businessAccountId: account.business_account_id };
  return { json: envelope(from, field, value), encoding: 'json' };
}

export const contactOf = ({ name, phone, userId }: Sender): JsonObject => ({
  profile: { name },
  wa_id: phone,
  user_id: userId,
});

/** A message without its content. */
export const messageShell = (sender: Sender, { now, random }: TriggerContext): JsonObject => ({
  from: sender.phone,
  from_user_id: sender.userId,
  id: newWamid(random),
  timestamp: seconds(now),
});

export const SENDER_PARAMS = ['from', 'name'];

/** One message: `content` gives its type and all that belongs to it. */
export const messageTrigger = (
  name: string,
  describe: string,
  params: readonly string[],
  content: (context: TriggerContext) => JsonObject,
): Trigger => ({
  name,
  describe,
  params: [...SENDER_PARAMS, ...params],
  draft(context) {
    const sender = senderOf(context);
    return change(context, 'messages', {
      contacts: [contactOf(sender)],
      messages: [{ ...messageShell(sender, context), ...content(context) }],
    });
  },
});

/** The message of ours that somebody answers: given with `to`, else one nobody sent. */
export const answering = ({ param, random }: TriggerContext): JsonObject => ({
  context: { from: '15550100000', id: param('to', newWamid(random)) },
});
