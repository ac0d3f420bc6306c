/** What goes out when: the windows of Meta's platforms, by what is sent and when the person last wrote. */
import assert from 'node:assert/strict';
import { outsideWindow as outsideMessenger } from '../../../src/channels/messenger/window.ts';
import {
  messageWire as messengerMessage,
  signalWire as messengerSignal,
} from '../../../src/channels/messenger/wire.ts';
import { outsideWindow as outsideWhatsApp } from '../../../src/channels/whatsapp/window.ts';
import { messageWire, signalWire } from '../../../src/channels/whatsapp/wire.ts';

const NOW = 1_750_000_000_000;
const HOUR_MS = 3_600_000;
const AGO = { never: null, unknown: undefined, hour: 1, day: 24, dayAndMore: 24.2, week: 7 * 24.2 } as const;
type Ago = keyof typeof AGO;

const heard = (ago: Ago) => {
  const hours = AGO[ago];
  if (hours === undefined) return {};
  return { lastInboundAt: hours === null ? null : NOW - hours * HOUR_MS };
};

const person = { conversation: '4711', replyTo: undefined };
const options = (messaging: 'response' | 'human-agent') => ({ messaging, notification: 'regular' as const });
const text = { text: { body: 'hi' }, type: 'text' };

const WHATSAPP = {
  'a text': messageWire('15550100001', undefined, text),
  'a reaction': messageWire('15550100001', undefined, { type: 'reaction' }),
  'a text by user id': messageWire('US.4711', undefined, text),
  'a template': messageWire('15550100001', undefined, { type: 'template' }),
  'a marketing message': messageWire('15550100001', undefined, text, 'marketing_messages'),
  'a text to a group': messageWire('a-group', undefined, text),
  'a read mark': signalWire('wamid.1'),
};
const MESSENGER = {
  'a text': messengerMessage({ ...person, options: options('response') }, { text: 'hi' }),
  'a text of a human': messengerMessage({ ...person, options: options('human-agent') }, { text: 'hi' }),
  'a utility message': messengerMessage(
    { ...person, options: options('response') },
    {},
    { messaging_type: 'UTILITY' },
  ),
  'a private reply': messengerMessage(
    { ...person, conversation: 'comment:1', options: options('response') },
    { text: 'hi' },
  ),
  'a sign of typing': messengerSignal('4711', 'typing_on'),
};

const OPEN: readonly Ago[] = ['unknown', 'hour', 'day'];
const CLOSED: readonly Ago[] = ['never', 'dayAndMore', 'week'];

describe('the window of WhatsApp', () => {
  for (const name of ['a text', 'a reaction', 'a text by user id'] as const) {
    it(`is open to ${name} for a day after the person wrote`, () => {
      for (const ago of OPEN) assert.equal(outsideWhatsApp(WHATSAPP[name], heard(ago), NOW), null, ago);
      for (const ago of CLOSED) {
        const fault = outsideWhatsApp(WHATSAPP[name], heard(ago), NOW);
        assert.equal(fault?.code, 'window-closed', ago);
        assert.match(fault.detail, ago === 'never' ? /never wrote/ : /more than 24 hours/);
      }
    });
  }
  for (const name of ['a template', 'a marketing message', 'a text to a group', 'a read mark'] as const) {
    it(`is no matter to ${name}`, () => {
      for (const ago of [...OPEN, ...CLOSED])
        assert.equal(outsideWhatsApp(WHATSAPP[name], heard(ago), NOW), null, ago);
    });
  }
});

describe('the window of Messenger', () => {
  it('is open to a text for a day after the person wrote', () => {
    for (const ago of OPEN) assert.equal(outsideMessenger(MESSENGER['a text'], heard(ago), NOW), null, ago);
    for (const ago of CLOSED)
      assert.equal(outsideMessenger(MESSENGER['a text'], heard(ago), NOW)?.code, 'window-closed', ago);
  });
  it('is open for seven days to what a human writes', () => {
    const wire = MESSENGER['a text of a human'];
    for (const ago of [...OPEN, 'dayAndMore'] as const)
      assert.equal(outsideMessenger(wire, heard(ago), NOW), null, ago);
    for (const ago of ['never', 'week'] as const)
      assert.equal(outsideMessenger(wire, heard(ago), NOW)?.code, 'window-closed', ago);
  });
  for (const name of ['a utility message', 'a private reply', 'a sign of typing'] as const) {
    it(`is no matter to ${name}`, () => {
      for (const ago of [...OPEN, ...CLOSED])
        assert.equal(outsideMessenger(MESSENGER[name], heard(ago), NOW), null, ago);
    });
  }
});
