/** What people do besides writing: taps, reactions, edits, forms, orders. */
import type { JsonObject } from '../../message/json.ts';
import type { Trigger, TriggerContext } from '../platform.ts';
import { GET_STARTED } from './account.ts';
import { accountOf, hookOf, itemTrigger, newMid, personOf, SENDER_PARAMS, target } from './trigger-shell.ts';

const postback = ({ random }: TriggerContext, title: string, payload: string): JsonObject => ({
  mid: newMid(random),
  title,
  payload,
});

const reaction = (context: TriggerContext, action: string): JsonObject => ({
  reaction: {
    reaction: context.param('reaction', 'love'),
    emoji: context.param('emoji', '❤'),
    action,
    mid: target(context),
  },
});

export const answerTriggers: readonly Trigger[] = [
  itemTrigger('button', 'a tap on one of our buttons', ['id', 'title'], context => ({
    postback: postback(context, context.param('title', 'My order'), context.param('id', 'order')),
  })),
  itemTrigger('get-started', 'the button with which people begin', ['ref'], context => ({
    postback: {
      ...postback(context, 'Get Started', accountOf(context).getStarted ?? GET_STARTED),
      referral: { ref: context.param('ref', 'newsletter'), source: 'SHORTLINK', type: 'OPEN_THREAD' },
    },
  })),
  itemTrigger('reaction', 'an emoji on a message', ['emoji', 'reaction', 'to'], context =>
    reaction(context, 'react'),
  ),
  itemTrigger('reaction-removed', 'the emoji taken back', ['emoji', 'reaction', 'to'], context =>
    reaction(context, 'unreact'),
  ),
  itemTrigger('edit', 'a text changed afterwards', ['text', 'to'], context => ({
    message_edit: {
      mid: target(context),
      text: context.param('text', 'Where is my order 4712? Not 4711.'),
      num_edit: 1,
    },
  })),
  itemTrigger('deleted', 'a message taken back', ['to'], context => ({
    message: { mid: target(context), is_deleted: true },
  })),
  itemTrigger('order', 'a cart sent to the page', ['text'], ({ param }) => ({
    order: {
      products: [
        {
          id: 4215,
          retailer_id: 'lamp-blue',
          name: 'Blue lamp',
          unit_price: 40,
          currency: 'USD',
          quantity: 2,
        },
        { id: 4216, retailer_id: 'lamp-red', name: 'Red lamp', unit_price: 42, currency: 'USD', quantity: 1 },
      ],
      note: param('text', 'As a gift, please'),
    },
  })),
  itemTrigger('customer-information', 'a form of the platform, filled in', ['name'], ({ param }) => ({
    messaging_customer_information: {
      screens: [
        {
          screen_id: 'shipping',
          responses: [
            { key: 'name', value: param('name', 'Ada Example') },
            { key: 'street1', value: '1 Main St' },
            { key: 'city', value: 'Paris' },
          ],
        },
      ],
    },
  })),
  itemTrigger('feedback', 'a survey, filled in', ['score', 'text'], ({ param }) => ({
    messaging_feedback: {
      feedback_screens: [
        {
          screen_id: 0,
          questions: {
            satisfaction: {
              type: 'csat',
              payload: param('score', '4'),
              follow_up: { type: 'free_form', payload: param('text', 'Fast.') },
            },
          },
        },
      ],
    },
  })),
  {
    name: 'call-permission',
    describe: 'the answer to our question whether we may call',
    params: [...SENDER_PARAMS, 'response'],
    // The one thing that stands in an entry without a list.
    draft(context) {
      const { json } = hookOf(context, []);
      const entry = {
        sender: { id: personOf(context) },
        recipient: { id: accountOf(context).pageId },
        timestamp: Math.floor(context.now / 1_000),
        call_permission_reply: {
          response: context.param('response', 'approve'),
          expiration_timestamp: String(Math.floor(context.now / 1_000) + 604_800),
        },
      };
      return { json: { ...json, entry: [entry] }, encoding: 'json' };
    },
  },
];
