/** What the platform itself tells: about people, about our messages, about the account. */
import type { JsonObject } from '../../message/json.ts';
import type { Trigger, TriggerContext } from '../platform.ts';
import { digits } from '../random.ts';
import { seconds } from './envelope.ts';
import { statusError } from './errors.ts';
import { userIdOf } from './people.ts';
import { type Status, statusObject } from './statuses.ts';
import {
  change,
  contactOf,
  messageShell,
  messageTrigger,
  newWamid,
  SENDER_PARAMS,
  senderOf,
} from './trigger-shell.ts';

const NEW_NUMBER = '15550100009';

const status = (name: Status, describe: string): Trigger => ({
  name,
  describe,
  params: ['from', 'to', 'marker', ...(name === 'failed' ? ['code'] : [])],
  draft(context) {
    const { phone, userId } = senderOf(context);
    const sent = {
      id: context.param('to', newWamid(context.random)),
      recipient: { phone, userId },
      marker: context.param('marker', '') || null,
    };
    const code = name === 'failed' ? Number(context.param('code', '131026')) : undefined;
    return change(context, 'messages', {
      contacts: [contactOf(senderOf(context))],
      statuses: [statusObject(sent, name, context.now, code)],
    });
  },
});

/** Something in a field of its own. */
const notice = (
  name: string,
  describe: string,
  field: string,
  value: (context: TriggerContext) => JsonObject,
): Trigger => ({
  name,
  describe,
  params: SENDER_PARAMS,
  draft: context => change(context, field, value(context)),
});

export const noticeTriggers: readonly Trigger[] = [
  messageTrigger('unsupported', 'something the Cloud API cannot pass on, as a poll', [], () => ({
    type: 'unsupported',
    unsupported: { type: 'poll' },
    errors: [
      {
        code: 131051,
        title: 'Message type unknown',
        message: 'Message type unknown',
        error_data: { details: 'Message type is currently not supported.' },
      },
    ],
  })),
  messageTrigger('unknown', 'a type of message that is not invented yet', [], () => ({
    type: 'hologram',
    hologram: { id: '1' },
  })),
  messageTrigger('system', 'somebody changed their number', [], () => ({
    type: 'system',
    system: {
      type: 'user_changed_number',
      body: `User Ada Example changed from 15550100001 to ${NEW_NUMBER}`,
      wa_id: NEW_NUMBER,
      user_id: userIdOf(NEW_NUMBER),
    },
  })),
  messageTrigger('identity', 'somebody has a new device or a new key', [], ({ now, random }) => ({
    type: 'system',
    system: {
      type: 'customer_identity_changed',
      body: 'The security code has changed',
      customer: '15550100001',
    },
    identity: { acknowledged: true, created_timestamp: seconds(now), hash: digits(12, random) },
  })),
  messageTrigger('welcome', 'somebody opened the chat for the first time', [], () => ({
    type: 'request_welcome',
  })),
  status('sent', 'our message is on its way'),
  status('delivered', 'our message arrived'),
  status('read', 'our message was read'),
  status('played', 'our voice note was played'),
  status('failed', 'our message could not be delivered'),
  notice('user-id', 'a user id that has changed', 'user_id_update', context => {
    const { phone, userId } = senderOf(context);
    return {
      contacts: [contactOf(senderOf(context))],
      user_id_update: [
        {
          wa_id: phone,
          user_id: { previous: userId, current: userIdOf(NEW_NUMBER) },
          timestamp: seconds(context.now),
        },
      ],
    };
  }),
  notice('preferences', 'somebody stops marketing messages', 'user_preferences', context => {
    const { phone, userId } = senderOf(context);
    return {
      contacts: [contactOf(senderOf(context))],
      user_preferences: [
        {
          wa_id: phone,
          user_id: userId,
          detail: 'User requested to stop marketing messages',
          category: 'marketing_messages',
          value: 'stop',
          // A number here, and a text everywhere else.
          timestamp: Math.floor(context.now / 1_000),
        },
      ],
    };
  }),
  notice('call', 'somebody calls', 'calls', context => {
    const { phone, userId } = senderOf(context);
    return {
      contacts: [contactOf(senderOf(context))],
      calls: [
        {
          id: `wacid.${digits(24, context.random)}`,
          from: phone,
          from_user_id: userId,
          to: '15550100000',
          event: 'connect',
          direction: 'USER_INITIATED',
          timestamp: seconds(context.now),
        },
      ],
    };
  }),
  notice('echo', 'a message of our own, from the Business app', 'smb_message_echoes', context => {
    const sender = senderOf(context);
    const { from_user_id: _theirs, ...shell } = messageShell(sender, context);
    return {
      message_echoes: [
        { ...shell, from: '15550100000', to: sender.phone, type: 'text', text: { body: 'We are on it' } },
      ],
    };
  }),
  notice('errors', 'an error of the account, without a message', 'messages', () => ({
    errors: [statusError(130429)],
  })),
  notice('template-status', 'a template was approved', 'message_template_status_update', ({ random }) => ({
    event: 'APPROVED',
    message_template_id: Number(digits(12, random)),
    message_template_name: 'order_shipped',
    message_template_language: 'en_US',
    reason: null,
  })),
  notice('account-update', 'something about the account', 'account_update', () => ({
    phone_number: '15550100000',
    event: 'ACCOUNT_RESTRICTION',
    restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration: '2026-12-01' }],
  })),
];
