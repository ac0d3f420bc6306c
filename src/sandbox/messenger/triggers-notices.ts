/** What the platform itself tells: about people, about our messages, about other apps, about the page. */
import { metadataOf } from '../../channels/messenger/marker.ts';
import type { JsonObject } from '../../message/json.ts';
import type { Trigger, TriggerContext } from '../platform.ts';
import { digits } from '../random.ts';
import { deliveredItem, echoItem, readItem, type Sent } from './tellings.ts';
import {
  accountOf,
  hookOf,
  itemOf,
  itemTrigger,
  newMid,
  personOf,
  SENDER_PARAMS,
  target,
} from './trigger-shell.ts';

const PAGE_INBOX = '263902037430900';

function sentOf(context: TriggerContext, message: JsonObject = {}): Sent {
  const { pageId, appId } = accountOf(context);
  return { mid: target(context), pageId, appId, recipient: { id: personOf(context) }, message };
}

/** A list of items other than those of a person. */
const hookTrigger = (
  name: string,
  describe: string,
  params: readonly string[],
  items: (context: TriggerContext) => readonly JsonObject[],
  list?: string,
): Trigger => ({
  name,
  describe,
  params: [...SENDER_PARAMS, ...params],
  draft: context => hookOf(context, items(context), list),
});

const echoOf = (context: TriggerContext, appId: string | undefined, fallback: string): JsonObject => {
  const metadata = context.param('marker', '');
  const message = {
    text: context.param('text', fallback),
    ...(metadata === '' ? {} : { metadata: metadataOf(metadata) }),
  };
  const sent = sentOf(context, message);
  return echoItem({ ...sent, appId: appId ?? sent.appId }, context.now);
};

const ECHO_PARAMS = ['text', 'to', 'marker'];

/** What stops and resumes has the same token as what was agreed to. */
const notifications = ({ param, random }: TriggerContext, more: JsonObject): JsonObject => ({
  optin: {
    type: 'notification_messages',
    payload: param('id', 'weekly'),
    notification_messages_token: param('token', digits(19, random)),
    title: 'News of Acme',
    ...more,
  },
});

export const noticeTriggers: readonly Trigger[] = [
  itemTrigger('referral', 'a link into a conversation that is there already', ['ref'], ({ param }) => ({
    referral: { ref: param('ref', 'table-7'), source: 'SHORTLINK', type: 'OPEN_THREAD' },
  })),
  itemTrigger('optin', 'Send to Messenger, on a site', ['ref'], ({ param }) => ({
    optin: { ref: param('ref', 'cart-77') },
  })),
  hookTrigger(
    'optin-checkbox',
    'a checkbox on a site: who it was is not told',
    ['ref', 'user_ref'],
    context => [
      {
        recipient: { id: accountOf(context).pageId },
        timestamp: context.now,
        optin: {
          ref: context.param('ref', 'cart-77'),
          user_ref: context.param('user_ref', digits(12, context.random)),
        },
      },
    ],
  ),
  itemTrigger('notifications', 'somebody agrees to notifications', ['id', 'token'], context =>
    notifications(context, { user_token_status: 'NOT_REFRESHED' }),
  ),
  itemTrigger('notifications-stopped', 'somebody stops notifications', ['id', 'token'], context =>
    notifications(context, { notification_messages_status: 'STOP NOTIFICATIONS' }),
  ),
  itemTrigger('linked', 'somebody linked their account with ours', ['code'], ({ param }) => ({
    account_linking: { status: 'linked', authorization_code: param('code', 'PASS_THROUGH_77') },
  })),
  itemTrigger('unlinked', 'somebody unlinked their account', [], () => ({
    account_linking: { status: 'unlinked' },
  })),
  itemTrigger('response-feedback', 'a thumb below an answer of ours', ['feedback', 'to'], context => ({
    response_feedback: { feedback: context.param('feedback', 'Good response'), mid: target(context) },
  })),
  hookTrigger('delivered', 'our messages up to now arrived', ['to'], context => [
    deliveredItem(sentOf(context), context.now),
  ]),
  hookTrigger('read', 'our messages up to now were read', [], context => [
    readItem(sentOf(context), context.now),
  ]),
  hookTrigger('echo', 'a message of our own', ECHO_PARAMS, context => [
    echoOf(context, undefined, 'It is on its way'),
  ]),
  hookTrigger('echo-inbox', 'a message of a colleague in the page inbox', ECHO_PARAMS, context => [
    echoOf(context, PAGE_INBOX, 'I will have a look'),
  ]),
  hookTrigger('echo-app', 'a message of another app of the page', ECHO_PARAMS, context => [
    echoOf(context, '42', 'A word from the fan shop'),
  ]),
  itemTrigger('handover-pass', 'another app passes the conversation to us', ['text'], context => ({
    pass_thread_control: {
      previous_owner_app_id: PAGE_INBOX,
      new_owner_app_id: accountOf(context).appId,
      metadata: context.param('text', 'solved'),
    },
  })),
  itemTrigger('handover-take', 'another app takes the conversation', ['text'], context => ({
    take_thread_control: {
      previous_owner_app_id: accountOf(context).appId,
      new_owner_app_id: PAGE_INBOX,
      metadata: context.param('text', 'I take over'),
    },
  })),
  itemTrigger('handover-request', 'another app asks for the conversation', ['text'], ({ param }) => ({
    request_thread_control: { requested_owner_app_id: '42', metadata: param('text', 'please') },
  })),
  hookTrigger('app-roles', 'the roles of apps have changed', [], context => {
    const { pageId, appId } = accountOf(context);
    return [
      {
        recipient: { id: pageId },
        timestamp: context.now,
        app_roles: { [appId]: ['primary_receiver'] },
      },
    ];
  }),
  hookTrigger(
    'standby',
    'a text while another app has the conversation',
    ['text'],
    context => [
      itemOf(context, { message: { mid: newMid(context.random), text: context.param('text', 'Hello?') } }),
    ],
    'standby',
  ),
  hookTrigger('policy', 'a warning about the policies of the platform', [], context => [
    {
      recipient: { id: accountOf(context).pageId },
      timestamp: context.now,
      policy_enforcement: { action: 'warning', reason: 'The bot violated our Platform Policies.' },
    },
  ]),
  itemTrigger('game', 'a game was played', [], ({ random }) => ({
    game_play: {
      game_id: digits(12, random),
      player_id: digits(12, random),
      context_type: 'SOLO',
      score: 100,
    },
  })),
  hookTrigger(
    'call',
    'somebody calls',
    ['event'],
    context => [
      {
        id: `c_${digits(24, context.random)}`,
        to: accountOf(context).pageId,
        from: personOf(context),
        event: context.param('event', 'connect'),
        timestamp: Math.floor(context.now / 1_000),
        call_direction: 'user_initiated',
      },
    ],
    'calls',
  ),
  hookTrigger(
    'comment',
    'a comment below a post of the page',
    ['text'],
    context => {
      const { pageId } = accountOf(context);
      const post = `${pageId}_${digits(16, context.random)}`;
      return [
        {
          field: 'feed',
          value: {
            item: 'comment',
            verb: 'add',
            comment_id: `${post.split('_')[1]}_${digits(16, context.random)}`,
            post_id: post,
            from: { id: personOf(context), name: 'Ada Example' },
            message: context.param('text', 'How much is it?'),
            created_time: Math.floor(context.now / 1_000),
          },
        },
      ];
    },
    'changes',
  ),
  hookTrigger(
    'template-status',
    'a utility template was approved',
    [],
    ({ random }) => [
      {
        field: 'message_template_status_update',
        value: {
          event: 'APPROVED',
          message_template_id: Number(digits(12, random)),
          message_template_name: 'order_shipped',
          message_template_language: 'en_US',
        },
      },
    ],
    'changes',
  ),
  itemTrigger('unknown-item', 'a kind of item that is not invented yet', [], () => ({
    telepathy: { thought: 'yes' },
  })),
];
