/** A whole hub and an edit or a deletion that comes before the message it speaks of, as each platform tells it. */
import assert from 'node:assert/strict';
import type { MessageView } from '../../src/storage/look-up.ts';
import { hubFolder, startOn, type TestHub } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const WAITS = 'waits for the message it speaks of';

interface Road {
  readonly channel: string;
  readonly change: string;
  readonly kind: 'edit' | 'deletion';
  readonly params: Readonly<Record<string, string>>;
  /** How the platform names a message in what changes it. */
  readonly nameOf: (body: string) => string | undefined;
}

const first =
  (pattern: RegExp) =>
  (body: string): string | undefined =>
    pattern.exec(body)?.[1];

const SLACK = {
  channel: 'team-slack',
  params: { channel: 'D061EG9SL' },
  nameOf: first(/"ts":"(\d+\.\d+)"/),
};
const TEAMS = { channel: 'helpdesk-teams', params: {}, nameOf: first(/"id":"(\d{13})"/) };
const MESSENGER = { channel: 'page-messenger', params: {}, nameOf: first(/"mid":"([^"]+)"/) };
const WHATSAPP = {
  channel: 'support-whatsapp',
  params: { from: '15550100091' },
  nameOf: first(/"id":"(wamid[^"]+)"/),
};

const ROADS: readonly Road[] = [
  { ...SLACK, change: 'edit', kind: 'edit' },
  { ...SLACK, change: 'delete', kind: 'deletion' },
  { ...TEAMS, change: 'edit', kind: 'edit' },
  { ...TEAMS, change: 'delete', kind: 'deletion' },
  { ...MESSENGER, change: 'edit', kind: 'edit' },
  { ...MESSENGER, change: 'deleted', kind: 'deletion' },
  { ...WHATSAPP, change: 'edit', kind: 'edit' },
  { ...WHATSAPP, change: 'revoke', kind: 'deletion' },
];

const viewsOf = (hub: TestHub): Promise<readonly MessageView[]> => hub.messages('?direction=inbound');
const kindOf = ({ message }: MessageView): string | undefined => message?.content.kind;

describe('a change that comes before its message', () => {
  for (const { channel, change, kind, params, nameOf } of ROADS) {
    it(`${channel}: ${kind}: waits for it, and nobody for the change`, async () => {
      using folder = hubFolder();
      await using hub = await startOn(folder);
      const said = hub.draft(channel, 'text', { ...params, text: 'hello' });
      const to = nameOf(said.body);
      assert.ok(to !== undefined, 'the message has a name');
      const changed = hub.draft(channel, change, { ...params, to });
      const other = hub.draft(channel, 'text', { ...params, text: 'opening hours' });
      for (const webhook of [changed, other]) assert.equal((await hub.post(channel, webhook)).status, 200);
      await until(
        async () => (await viewsOf(hub)).some(({ state }) => state === 'done'),
        'another message of the conversation to be done',
      );
      const views = await viewsOf(hub);
      assert.deepEqual(
        views.map(view => [kindOf(view), view.state, view.reason]),
        [
          [kind, 'waiting', WAITS],
          ['text', 'done', null],
        ],
      );
      assert.equal(new Set(views.map(({ conversation }) => conversation)).size, 1);
      const { inbound } = await hub.ledger();
      assert.deepEqual([inbound.done, inbound.inFlight, inbound.difference], [1, 1, 0]);
      assert.equal((await hub.post(channel, said)).status, 200);
      await hub.hub.settled();
      assert.equal((await hub.idle()).inbound.done, 3);
      const [early] = views;
      const stages = (await hub.trace(early?.id ?? '')).inbound?.stages ?? [];
      assert.deepEqual([stages[0]?.stage, stages[0]?.reason], ['order', 'waited for its message']);
      assert.ok(stages.length > 1, 'it went through the pipeline');
    });
  }

  it('goes on waiting when the hub is started anew', async () => {
    using folder = hubFolder();
    const { channel, params, nameOf } = SLACK;
    const { said, id } = await (async () => {
      await using hub = await startOn(folder);
      const message = hub.draft(channel, 'text', { ...params, text: 'hello' });
      const change = hub.draft(channel, 'edit', { ...params, to: nameOf(message.body) ?? '' });
      assert.equal((await hub.post(channel, change)).status, 200);
      await until(async () => (await viewsOf(hub)).some(({ reason }) => reason === WAITS), 'it to wait');
      return { said: message, id: (await viewsOf(hub))[0]?.id ?? '' };
    })();
    await using hub = await startOn(folder);
    assert.equal((await hub.trace(id)).inbound?.state, 'waiting');
    assert.equal((await hub.post(channel, said)).status, 200);
    await hub.hub.settled();
    const { inbound } = await hub.idle();
    assert.deepEqual([inbound.done, inbound.difference], [2, 0]);
    assert.equal((await hub.trace(id)).inbound?.stages[0]?.reason, 'waited for its message');
  });
});
