/** The whole road, over real HTTP: a signed webhook in, the reply out at the platform, its receipts, the books. */
import assert from 'node:assert/strict';
import { STAGES } from '../src/pipeline/processor.ts';
import type { Ledger } from '../src/storage/look-up.ts';
import { hubFolder, startOn, type TestHub, testHub } from './support/hub.ts';
import { visit } from './support/visitor.ts';
import { until } from './support/wait.ts';

interface Road {
  readonly channel: string;
  /** What the platform tells of a message it took. */
  readonly receipts: readonly string[];
  /** Params of the trigger that name who writes. */
  readonly who: Record<string, string>;
}

const PLATFORMS: readonly Road[] = [
  {
    channel: 'support-whatsapp',
    receipts: ['sent', 'delivered', 'read'],
    who: { from: '15550100001' },
  },
  // Slack and Teams tell nothing of what became of a message.
  { channel: 'team-slack', receipts: [], who: {} },
  { channel: 'helpdesk-teams', receipts: [], who: {} },
];
const ALL: readonly Road[] = [
  ...PLATFORMS,
  { channel: 'site-chat', receipts: [], who: { from: 'visitor-ada' } },
];

const text = (hub: TestHub, road: Road, words: string) =>
  hub.draft(road.channel, 'text', { ...road.who, text: words });

/** The channel's inbound messages. */
const inbound = (hub: TestHub, { channel }: Road) => hub.messages(`?channel=${channel}&limit=200`);

function assertBalanced(ledger: Ledger): void {
  assert.equal(ledger.inbound.difference, 0);
  assert.equal(ledger.outbound.difference, 0);
}

function assertRising(times: readonly (number | null)[]): void {
  const known = times.map(time => time ?? Number.NaN);
  assert.deepEqual(
    known,
    known.toSorted((one, other) => one - other),
  );
  assert.ok(known.every(Number.isFinite), 'every step has its time');
}

/** What came in, what was done and what went out, all in order, found by the platform's id of what came in. */
async function assertTraced(hub: TestHub, platformId: string, body: string, receipts: readonly string[]) {
  const trace = await hub.trace(platformId);
  assert.equal(trace.raw?.body, body);
  assert.deepEqual(trace.inbound?.platformIds, [platformId]);
  assert.equal(trace.inbound?.state, 'done');
  assert.deepEqual([...new Set(trace.inbound?.stages.map(({ stage }) => stage))], STAGES);
  assert.ok(trace.inbound?.stages.every(({ step, attempt }) => step === 'next' && attempt === 1));
  const [outbound, ...others] = trace.outbound;
  assert.deepEqual(others, []);
  assert.equal(outbound?.view.state, 'sent');
  const [delivery, ...parts] = outbound?.deliveries ?? [];
  assert.deepEqual(parts, []);
  assert.ok(delivery !== undefined);
  assert.deepEqual(
    delivery.tries.map(({ number, result, fault }) => ({ number, result, fault })),
    [{ number: 1, result: 'sent', fault: null }],
  );
  assert.deepEqual(
    delivery.receipts.map(({ status }) => status),
    receipts,
  );
  const [attempt] = delivery.tries;
  assertRising([
    trace.inbound?.at ?? null,
    trace.inbound?.finishedAt ?? null,
    attempt?.startedAt ?? null,
    attempt?.endedAt ?? null,
    ...delivery.receipts.map(({ receivedAt }) => receivedAt),
  ]);
  return delivery;
}

describe('from webhook to reply', () => {
  for (const road of PLATFORMS) {
    it(`${road.channel}: one reply at the platform, its receipts, a trace in order, and books that balance`, async () => {
      await using hub = await testHub();
      const first = text(hub, road, 'hello');
      const answered = await hub.post(road.channel, first);
      assert.deepEqual([answered.status, answered.text], [200, '']);
      await hub.idle();
      await hub.post(road.channel, text(hub, road, 'opening hours'));
      await hub.idle();

      const received = await hub.received();
      assert.equal(received.length, 2, 'one reply each: what came after the first has come as well');
      assert.equal(received[0]?.text, 'Hello there.');
      assert.equal(received[1]?.text, 'We are open.');

      const [message] = await inbound(hub, road);
      assert.ok(message !== undefined);
      assert.equal(message.conversation, received[0]?.conversation);
      const [platformId = ''] = message.platformIds;
      await until(async () => {
        const [out] = (await hub.trace(platformId)).outbound;
        return out?.deliveries[0]?.receipts.length === road.receipts.length;
      }, 'the receipts');
      const delivery = await assertTraced(hub, platformId, first.body, road.receipts);
      assert.equal(delivery.platformId?.split(':').at(-1), received[0]?.platformId?.split(':').at(-1));

      const byHubId = await hub.trace(message.id);
      const byReply = await hub.trace(delivery.platformId ?? '');
      assert.deepEqual(byReply.inbound?.id, message.id);
      assert.deepEqual(byHubId.outbound[0]?.view.id, byReply.outbound[0]?.view.id);

      const ledger = await hub.ledger();
      assertBalanced(ledger);
      assert.deepEqual([ledger.inbound.done, ledger.outbound.done, ledger.duplicates], [2, 2, 0]);
      assert.deepEqual(hub.fatal, []);
    });
  }

  it('site-chat: the visitor who listens is told once, and what they say of it raises its state', async () => {
    await using hub = await testHub();
    await using visitor = await visit(hub.url, 'site-chat');
    // As the site's own server posts it, for the visitor who is looking.
    const params = { from: visitor.id, text: 'hello' };
    const first = hub.draft('site-chat', 'text', params);
    assert.equal((await hub.post('site-chat', first)).status, 200);
    await visitor.told(1);
    assert.equal(await visitor.say({ id: 'second', type: 'text', text: 'opening hours' }), 200);
    const [reply, next] = await visitor.told(2);
    assert.match(JSON.stringify(reply?.wire), /Hello there\./);
    assert.match(JSON.stringify(next?.wire), /We are open\./);

    const target = reply?.id ?? '';
    assert.equal(await visitor.say({ id: 'third', type: 'read', targets: [target] }), 200);
    assert.equal(await visitor.say({ id: 'fourth', type: 'delivered', targets: [target] }), 200);
    const { platformIds: [platformId = ''] = [] } = (await hub.messages('?channel=site-chat'))[0] ?? {};
    await until(async () => (await hub.ledger()).receipts === 2, 'the receipts');
    const delivery = await assertTraced(hub, platformId, first.body, ['read', 'delivered']);
    assert.equal(delivery.id, target);
    // What was told twice would have been so before what is told last.
    assert.equal(await visitor.say({ id: 'fifth', type: 'text', text: 'what else' }), 200);
    const last = (): string => JSON.stringify(visitor.pushed.at(-1)?.wire);
    await until(() => last().includes('I do not know that.'), 'the last answer');
    assert.equal(visitor.pushed.length, 3);
    assertBalanced(await hub.idle());
  });

  it('an answer over the API goes out like any other', async () => {
    await using hub = await testHub();
    const [road] = PLATFORMS;
    assert.ok(road !== undefined);
    await hub.post(road.channel, text(hub, road, 'hello'));
    await hub.idle();
    const [message] = await inbound(hub, road);
    const { conversation = '' } = message ?? {};
    const sent = await hub.api('/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        channel: road.channel,
        conversation,
        content: { kind: 'text', text: 'by hand' },
      }),
    });
    assert.equal(sent.status, 202);
    await hub.idle();
    assert.deepEqual(
      (await hub.received(conversation)).map(call => call.text),
      ['Hello there.', 'by hand'],
    );
    const trace = await hub.trace(sent.body.id);
    assert.equal(trace.inbound, null);
    assert.equal(trace.outbound[0]?.view.state, 'sent');
  });
});

describe('a handshake', () => {
  it('is answered by a hub as its platform wants it, and is no message', async () => {
    await using hub = await testHub();
    const { credentials } = hub.channel('support-whatsapp').adapter as {
      credentials: { verify_token: string };
    };
    const query = (token: string) =>
      new URLSearchParams({
        'hub.mode': 'subscribe',
        'hub.challenge': '1158201444',
        'hub.verify_token': token,
      });
    const subscribed = await fetch(`${hub.url}/webhooks/support-whatsapp?${query(credentials.verify_token)}`);
    assert.deepEqual([subscribed.status, await subscribed.text()], [200, '1158201444']);
    const refused = await fetch(`${hub.url}/webhooks/support-whatsapp?${query('not the token')}`);
    assert.deepEqual([refused.status, await refused.text()], [403, '']);

    const body = JSON.stringify({
      type: 'url_verification',
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7',
    });
    const verified = await hub.post('team-slack', { body, contentType: 'application/json' });
    assert.deepEqual([verified.status, verified.text], [200, JSON.parse(body).challenge]);
    const unsigned = await hub.postAs('team-slack', body, { 'content-type': 'application/json' });
    assert.deepEqual([unsigned.status, unsigned.text], [401, '']);

    await hub.post('team-slack', hub.draft('team-slack', 'text', { text: 'hello' }));
    assert.equal((await hub.idle()).inbound.accepted, 1);
  });
});

describe('a webhook that comes again', () => {
  for (const road of ALL) {
    it(`${road.channel}: is one message, one after the other, at once, and after a restart`, async () => {
      using folder = hubFolder();
      let webhook: ReturnType<TestHub['draft']> | undefined;
      {
        await using hub = await startOn(folder);
        webhook = text(hub, road, 'hello');
        for (let turn = 0; turn < 3; turn++)
          assert.equal((await hub.post(road.channel, webhook)).status, 200);
        const again = webhook;
        const answers = await Promise.all(Array.from({ length: 5 }, () => hub.post(road.channel, again)));
        assert.deepEqual(
          answers.map(({ status }) => status),
          [200, 200, 200, 200, 200],
        );
        const ledger = await hub.idle();
        assert.deepEqual([ledger.inbound.accepted, ledger.duplicates], [1, 7]);
        assertBalanced(ledger);
      }
      await using hub = await startOn(folder);
      assert.equal((await hub.post(road.channel, webhook)).status, 200);
      // Something later in the same conversation: once it is answered, so would have been what came before.
      assert.equal((await hub.post(road.channel, text(hub, road, 'opening hours'))).status, 200);
      const ledger = await hub.idle();
      assert.deepEqual([ledger.inbound.accepted, ledger.duplicates], [2, 8]);
      assertBalanced(ledger);
      const out = await hub.messages('?direction=outbound');
      assert.deepEqual(
        out.map(({ state }) => state),
        ['sent', 'sent'],
      );
      if (road.channel === 'site-chat') return;
      const received = await hub.received();
      assert.equal(received.length, 1, 'the platform got nothing again after the restart');
      assert.equal(received[0]?.text, 'We are open.');
    });
  }

  it('a batch with one known message takes in the others', async () => {
    await using hub = await testHub();
    const batch = hub.draft('support-whatsapp', 'batch', { count: '3' });
    const body = JSON.parse(batch.body);
    const { value } = body.entry[0].changes[0];
    const alone = structuredClone(body);
    alone.entry[0].changes[0].value = { ...value, messages: [value.messages[1]], statuses: undefined };
    await hub.post('support-whatsapp', { ...batch, body: JSON.stringify(alone) });
    await hub.post('support-whatsapp', batch);
    const ledger = await hub.idle();
    assert.deepEqual([ledger.inbound.accepted, ledger.duplicates], [3, 1]);
    assertBalanced(ledger);
  });
});
