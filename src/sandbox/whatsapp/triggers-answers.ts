/** Answers to what we offered, and what people do to messages that are there. */
import type { JsonObject } from '../../message/json.ts';
import type { Trigger, TriggerContext } from '../platform.ts';
import { seconds } from './envelope.ts';
import { answering, messageTrigger, newWamid } from './trigger-shell.ts';

const interactive = (context: TriggerContext, reply: JsonObject): JsonObject => ({
  ...answering(context),
  type: 'interactive',
  interactive: reply,
});

const target = ({ param, random }: TriggerContext): string => param('to', newWamid(random));

const flowAnswers = ({ param }: TriggerContext): string =>
  param('answers', JSON.stringify({ flow_token: 'booking-77', date: '2026-10-12', guests: 2 }));

export const answerTriggers: readonly Trigger[] = [
  messageTrigger('button', 'a tap on one of our buttons', ['id', 'title', 'to'], context =>
    interactive(context, {
      type: 'button_reply',
      button_reply: { id: context.param('id', 'order'), title: context.param('title', 'My order') },
    }),
  ),
  messageTrigger('list', 'a choice from one of our lists', ['id', 'title', 'to'], context =>
    interactive(context, {
      type: 'list_reply',
      list_reply: {
        id: context.param('id', 'hours'),
        title: context.param('title', 'Opening hours'),
        description: 'When we are there',
      },
    }),
  ),
  messageTrigger('flow', 'a form, filled in', ['answers', 'to'], context =>
    interactive(context, {
      type: 'nfm_reply',
      nfm_reply: { name: 'flow', body: 'Sent', response_json: flowAnswers(context) },
    }),
  ),
  messageTrigger('call-permission', 'the answer to our question whether we may call', ['to'], context =>
    interactive(context, {
      type: 'call_permission_reply',
      call_permission_reply: {
        response: 'accept',
        expiration_timestamp: seconds(context.now + 604_800_000),
        response_source: 'user_action',
      },
    }),
  ),
  messageTrigger('quick-reply', 'a tap on a button of a template', ['id', 'title', 'to'], context => ({
    ...answering(context),
    type: 'button',
    button: { payload: context.param('id', 'order'), text: context.param('title', 'My order') },
  })),
  messageTrigger('reaction', 'an emoji on a message', ['emoji', 'to'], context => ({
    type: 'reaction',
    reaction: { message_id: target(context), emoji: context.param('emoji', '👍') },
  })),
  messageTrigger('reaction-removed', 'the emoji taken back', ['to'], context => ({
    type: 'reaction',
    reaction: { message_id: target(context), emoji: '' },
  })),
  messageTrigger('edit', 'a text changed afterwards', ['text', 'to'], context => ({
    type: 'edit',
    edit: {
      original_message_id: target(context),
      message: {
        type: 'text',
        text: { body: context.param('text', 'Where is my order 4712? Not 4711.') },
        context: { id: 'M0' },
      },
    },
  })),
  messageTrigger('revoke', 'a message deleted for everybody', ['to'], context => ({
    type: 'revoke',
    revoke: { original_message_id: target(context) },
  })),
];
