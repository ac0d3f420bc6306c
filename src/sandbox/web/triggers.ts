/** Everything a visitor's browser says, as the site's own server would post it. */
import type { JsonObject } from '../../message/json.ts';
import type { Draft, Trigger, TriggerContext } from '../platform.ts';
import { letters } from '../random.ts';

const WHO = ['from', 'name'];

/** One frame of the visitor. */
const frame = (
  name: string,
  describe: string,
  params: readonly string[],
  said: (context: TriggerContext) => JsonObject,
): Trigger => ({
  name,
  describe,
  params: [...WHO, ...params],
  draft: (context): Draft => post(context, [{ id: newId(context), ...said(context) }]),
});

const newId = ({ random }: TriggerContext): string => `frame-${letters(16, random)}`;

/** The message of theirs, or delivery of ours, that it is about: given with `to`, else one nobody sent. */
const target = ({ param, random }: TriggerContext): string => param('to', `frame-${letters(16, random)}`);

function post({ now, param }: TriggerContext, messages: readonly JsonObject[]): Draft {
  const visitor = { id: param('from', 'visitor-ada'), name: param('name', 'Ada Example'), locale: 'en' };
  return { json: { visitor, time: now, messages }, encoding: 'json' };
}

const PAGE = {
  url: 'https://acme.example/orders',
  title: 'Your orders',
  locale: 'en',
  timezone: 'Europe/Madrid',
};

export const triggers: readonly Trigger[] = [
  frame('text', 'a text', ['text'], ({ param }) => ({
    type: 'text',
    text: param('text', 'Where is my order 4711?'),
    context: PAGE,
  })),
  frame('choice', 'a tap on one of our buttons', ['id', 'title', 'to'], context => ({
    type: 'choice',
    choice: context.param('id', 'order'),
    label: context.param('title', 'My order'),
    from: 'button',
    replyTo: target(context),
  })),
  frame('form', 'a form, filled in', ['email'], ({ param }) => ({
    type: 'form',
    name: 'contact',
    token: 'ticket-77',
    values: { email: param('email', 'ada@acme.example'), urgent: true },
  })),
  frame('media', 'a file the hub keeps, given before', ['id', 'caption'], ({ param, random }) => ({
    type: 'media',
    media: { id: param('id', letters(32, random)), name: 'invoice.pdf', type: 'application/pdf', bytes: 480 },
    caption: param('caption', 'My invoice'),
  })),
  frame('location', 'a place', ['latitude', 'longitude'], ({ param }) => ({
    type: 'location',
    latitude: Number(param('latitude', '48.8584')),
    longitude: Number(param('longitude', '2.2945')),
    label: 'Eiffel Tower',
  })),
  frame('reaction', 'an emoji on a message', ['emoji', 'to'], context => ({
    type: 'reaction',
    target: target(context),
    emoji: context.param('emoji', '👍'),
  })),
  frame('reaction-removed', 'the emoji taken back', ['to'], context => ({
    type: 'reaction',
    target: target(context),
    emoji: '',
    removed: true,
  })),
  frame('edit', 'a text changed afterwards', ['text', 'to'], context => ({
    type: 'edit',
    target: target(context),
    text: context.param('text', 'Where is my order 4712? Not 4711.'),
  })),
  frame('deletion', 'a text that was deleted', ['to'], context => ({
    type: 'deletion',
    target: target(context),
  })),
  frame('typing', 'the visitor is typing', [], () => ({ type: 'typing', active: true })),
  frame('typing-stopped', 'the visitor stopped typing', [], () => ({ type: 'typing', active: false })),
  frame('delivered', 'our message arrived', ['to'], context => ({
    type: 'delivered',
    targets: [target(context)],
  })),
  frame('read', 'our message was read', ['to'], context => ({ type: 'read', targets: [target(context)] })),
  frame('session-start', 'the visitor opened the chat', [], () => ({ type: 'session', state: 'start' })),
  frame('session-resume', 'the visitor came back', [], () => ({ type: 'session', state: 'resume' })),
  frame('session-end', 'the visitor closed the chat', [], () => ({ type: 'session', state: 'end' })),
  frame('context', 'the visitor went to another page', [], () => ({
    type: 'context',
    page: { ...PAGE, referrer: 'https://search.example/', utm: { source: 'newsletter' } },
  })),
  frame('profile', 'the visitor said who they are', ['email'], ({ param }) => ({
    type: 'profile',
    profile: { name: param('name', 'Ada Example'), email: param('email', 'ada@acme.example') },
  })),
  frame('csat', 'how satisfied the visitor is', ['score', 'text'], ({ param }) => ({
    type: 'csat',
    score: Number(param('score', '4')),
    comment: param('text', 'That was quick'),
  })),
  frame('transcript', 'the visitor wants the conversation by mail', ['email'], ({ param }) => ({
    type: 'transcript',
    email: param('email', 'ada@acme.example'),
  })),
  frame('handoff', 'the visitor wants a person', ['text'], ({ param }) => ({
    type: 'handoff',
    reason: param('text', 'I would rather talk to somebody'),
  })),
  frame('unknown', 'a frame of a newer widget', [], () => ({ type: 'hologram', size: 3 })),
  {
    name: 'batch',
    describe: 'several frames in one request',
    params: [...WHO, 'text'],
    draft: (context): Draft =>
      post(
        context,
        ['one', 'two', 'three'].map(which => ({
          id: newId(context),
          type: 'text',
          text: `${context.param('text', 'Message')} ${which}`,
        })),
      ),
  },
];
