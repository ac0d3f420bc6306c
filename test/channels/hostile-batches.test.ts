/**
 * A batch of a hundred with one that cannot be read, at the ends and in between: the others are messages, in their
 * order, that one is kept aside, and the platform hears 200, so that it does not send all of them again.
 */
import assert from 'node:assert/strict';
import type { JsonObject, JsonValue } from '../../src/message/json.ts';
import { type TestHub, testHub } from '../support/hub.ts';

const SIZE = 100;
/** Both ends, and each kind of damage twice in between. */
const PLACES = [0, 1, 2, ...Array.from({ length: 13 }, (_, n) => 3 + 7 * n), 98, 99];

interface Batched {
  readonly channel: string;
  /** The items of a draft's body; what is put into their place is sent. */
  items(body: JsonObject): JsonValue[];
  /** The nth of a batch, like the one the platform sends. */
  item(like: JsonObject, id: string): JsonObject;
  /** What is wrong, in turn. */
  readonly damages: readonly ((good: JsonObject) => JsonValue)[];
}

/** Deep inside a body that was just made. */
const inside = (body: JsonValue, ...path: readonly (string | number)[]): JsonValue[] => {
  let at = body as unknown;
  for (const name of path) at = (at as Record<string | number, unknown>)[name];
  assert.ok(Array.isArray(at));
  return at;
};

const omit = (from: JsonObject, name: string): JsonObject => {
  const { [name]: _gone, ...rest } = from;
  return rest;
};

const BATCHES: readonly Batched[] = [
  {
    channel: 'support-whatsapp',
    items: body => inside(body, 'entry', 0, 'changes', 0, 'value', 'messages'),
    item: (like, id) => ({ ...like, id }),
    damages: [
      () => 7,
      () => null,
      () => [],
      good => omit(good, 'id'),
      good => omit(good, 'text'),
      good => ({ ...good, timestamp: 'yesterday' }),
      good => ({ ...good, id: { $gt: '' } }),
      good => ({ ...good, text: { body: 1e21 } }),
    ],
  },
  {
    channel: 'page-messenger',
    items: body => inside(body, 'entry', 0, 'messaging'),
    item: (like, mid) => ({ ...like, message: { mid, text: `text of ${mid}` } }),
    damages: [
      () => 7,
      () => null,
      () => [],
      good => omit(good, 'sender'),
      good => ({ ...good, message: { text: 'no id' } }),
      good => ({ ...good, message: { mid: { $gt: '' }, text: 'x' } }),
      good => ({ ...omit(good, 'message'), postback: {} }),
      good => ({ ...omit(good, 'message'), reaction: {} }),
    ],
  },
];

/** Posted with one of a hundred spoilt; the ids of the others. */
async function post(hub: TestHub, batched: Batched, bad: number): Promise<readonly string[]> {
  const { channel, items, item, damages } = batched;
  const draft = hub.draft(channel, 'text', { text: 'one of a hundred' });
  const body = JSON.parse(draft.body) as JsonObject;
  const list = items(body);
  const [like] = list as readonly JsonObject[];
  assert.ok(like !== undefined);
  const ids = Array.from({ length: SIZE }, (_, n) => `${channel}-${bad}-${n}`);
  const damage = damages[PLACES.indexOf(bad) % damages.length];
  const spoilt = (good: JsonObject): JsonValue => damage?.(good) ?? null;
  list.splice(0, 1, ...ids.map((id, n) => (n === bad ? spoilt(item(like, id)) : item(like, id))));
  const answer = await hub.post(channel, { ...draft, body: JSON.stringify(body) });
  assert.deepEqual([answer.status, answer.text], [200, ''], `a bad one at ${bad}`);
  return ids.filter((_, n) => n !== bad);
}

describe('a batch with one bad item', function () {
  this.timeout(120_000);
  for (const batched of BATCHES) {
    const { channel } = batched;

    it(`${channel}: wherever it is among a hundred, the 99 others are processed`, async () => {
      await using hub = await testHub({}, { assistant: null });
      for (const bad of PLACES) await post(hub, batched, bad);
      const { inbound } = await hub.idle(60_000);
      assert.deepEqual(
        { done: inbound.done, dead: inbound.dead, difference: inbound.difference },
        { done: PLACES.length * (SIZE - 1), dead: PLACES.length, difference: 0 },
      );
      const { body } = await hub.api('/v1/dead-letters?limit=200');
      // What follows the record's id is the place in the batch; the first has none.
      const places: number[] = body.letters.map(({ id }: { id: string }) =>
        Number(/^(?:[0-9a-f]+-){5}(\d+)$/.exec(id)?.[1] ?? 0),
      );
      assert.deepEqual(
        places.sort((one, other) => one - other),
        PLACES,
      );
    });

    it(`${channel}: in their order, and once, however often the batch comes`, async () => {
      await using hub = await testHub({}, { assistant: null });
      const others = await post(hub, batched, 38);
      await hub.idle();
      await hub.post(channel, hub.draft(channel, 'text', { text: 'later' }));
      const { inbound } = await hub.idle();
      assert.deepEqual([inbound.done, inbound.dead], [SIZE, 1]);
      const listed = await hub.messages(`?channel=${channel}&limit=200`);
      const done = listed.filter(message => message.state === 'done').map(({ message }) => message?.id);
      assert.deepEqual(done.slice(0, -1), others);
    });
  }
});
