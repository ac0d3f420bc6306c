/** What comes to the same done twice is made again when it was cut off, though nobody can be asked about it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { repeatable } from '../../../src/channels/teams/render.ts';
import { testHub } from '../../support/hub.ts';
import { until } from '../../support/wait.ts';

const WAIT = 'wait: 60s\n      policy: resend';
const BASE = 'base: 1s';

/** Parks what is in doubt, and soon. */
function parkingHub(): string {
  const text = readFileSync(new URL('../../../config/hub.yaml', import.meta.url), 'utf8');
  assert.ok(text.includes(WAIT) && text.includes(BASE));
  return text.replace(WAIT, 'wait: 20ms\n      policy: park').replace(BASE, 'base: 20ms');
}

interface Said {
  readonly inbound: string;
  readonly reply: string;
}

const rows: readonly (readonly [string, string, (said: Said) => object])[] = [
  ['an edit', 'helpdesk-teams', ({ reply }) => ({ kind: 'edit', target: reply, text: 'new' })],
  ['a deletion', 'helpdesk-teams', ({ reply }) => ({ kind: 'deletion', target: reply })],
  ['a sign of typing', 'helpdesk-teams', () => ({ kind: 'typing', active: true })],
  ['a read mark', 'support-whatsapp', ({ inbound }) => ({ kind: 'read', target: inbound })],
  ['a sign of typing', 'page-messenger', () => ({ kind: 'typing', active: true })],
];

describe('what comes to the same done twice', () => {
  for (const [name, channel, contentOf] of rows)
    it(`is made again when it was cut off: ${name} (${channel})`, async () => {
      await using hub = await testHub({ 'hub.yaml': parkingHub() });
      const post = (path: string, body: object) => ({
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        path,
      });
      assert.equal((await hub.post(channel, hub.draft(channel, 'text', { text: 'hello' }))).status, 200);
      await hub.idle();
      const [message] = await hub.messages(`?channel=${channel}`);
      const inbound = message?.platformIds?.[0] ?? '';
      const reply = (await hub.trace(inbound)).outbound[0]?.deliveries[0]?.platformId ?? '';
      const weather = post('scenario', {
        rules: [{ match: { account: channel }, times: 2, do: { kind: 'reset', delivered: false } }],
      });
      await hub.sandbox(weather.path, weather);
      const content = contentOf({ inbound, reply });
      const sent = await hub.api(
        '/v1/messages',
        post('', { channel, conversation: message?.conversation, content }),
      );
      assert.equal(sent.status, 202);
      const view = async () => (await hub.trace(sent.body.id)).outbound[0];
      await until(async () => (await view())?.view.state !== 'open', 'an end');
      const { view: end, deliveries } = (await view()) ?? {};
      assert.deepEqual([end?.state, deliveries?.[0]?.tries.length], ['sent', 3]);
    });
});

describe('a call of Teams', () => {
  const path = 'v3/conversations/a/activities';
  const rows: readonly (readonly [string, Parameters<typeof repeatable>[0], boolean])[] = [
    ['an edit', { method: 'PUT', path, body: { type: 'message', text: 'new' } }, true],
    ['a deletion', { method: 'DELETE', path }, true],
    ['a sign of typing', { method: 'POST', path, body: { type: 'typing' } }, true],
    [
      'a piece of a streamed answer',
      { method: 'POST', path, body: { type: 'typing', text: 'The answer' } },
      false,
    ],
    [
      'the sign of one',
      { method: 'POST', path, body: { type: 'typing', entities: [{ type: 'streaminfo' }] } },
      false,
    ],
    ['a message', { method: 'POST', path, body: { type: 'message', text: 'hello' } }, false],
  ];
  for (const [name, wire, expected] of rows)
    it(`${expected ? 'may' : 'may not'} be made twice: ${name}`, () =>
      assert.equal(repeatable(wire), expected));
});
