/** Everything that comes in is told: exactly, whole batches, twice the same, and nothing of what we said ourselves. */
import assert from 'node:assert/strict';
import { keptHeaders } from '../../channels/webhook.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { openChannel, parsed, signed, unsigned, verdict } from '../bench.ts';
import { assertValid } from '../events.ts';
import { recordingsOf } from '../recordings.ts';
import { needing, type Rule, rulesOf, slug } from '../rule.ts';
import {
  type Handshake,
  KIT_NOW_MS,
  type RecordedRequest,
  type Recording,
  type Subject,
} from '../subject.ts';

/** One rule for each recording, named after it. */
export const recordingRules = (subject: Subject): readonly Rule[] =>
  rulesOf(
    'recordings',
    Object.fromEntries(
      recordingsOf(subject).map(recording => [slug(recording.name), () => replay(subject, recording)]),
    ),
  );

async function replay(subject: Subject, { request: recorded, events }: Recording): Promise<void> {
  const channel = openChannel(subject);
  const request = await signed(subject, recorded);
  if (!('none' in subject.signature)) {
    const given = await verdict(channel, request);
    assert.ok(given.ok, `the recording is refused: ${given.ok || given.reason}`);
  }
  const actual = parsed(channel, request);
  assert.ok(actual !== null, 'the recording is unreadable');
  assert.deepStrictEqual(actual, events, 'the events are not those of the recording');
  assertValid(actual);
}

/** One rule for each handshake. */
export function handshakeRules(subject: Subject): readonly Rule[] {
  if ('none' in subject.handshakes) {
    const skipped = subject.handshakes;
    return rulesOf('handshake', { any: () => skipped });
  }
  const named = subject.handshakes.map(
    handshake => [slug(handshake.name), () => shake(subject, handshake)] as const,
  );
  return rulesOf('handshake', Object.fromEntries(named));
}

async function shake(subject: Subject, { request, expected }: Handshake): Promise<void> {
  const given = await verdict(openChannel(subject), await signed(subject, request));
  if ('answer' in expected) assert.deepStrictEqual(given, { ok: true, answer: expected.answer });
  else assert.deepStrictEqual(given, { ok: false, ...expected });
}

/** The events of a request that must be readable and valid. */
async function eventsOf(subject: Subject, recorded: RecordedRequest): Promise<readonly InboundEvent[]> {
  const events = parsed(openChannel(subject), await signed(subject, recorded));
  assert.ok(events !== null, 'the request is unreadable');
  assertValid(events);
  return events;
}

const messageIds = (events: readonly InboundEvent[]): readonly string[] =>
  events.flatMap(event => (event.kind === 'message' ? [event.message.id] : []));

const batchOf = (count: number) =>
  needing(
    subject => subject.batch,
    async (batch, subject) => {
      const { request, ids } = batch(count);
      const actual = messageIds(await eventsOf(subject, request));
      assert.equal(actual.length, count, `${count} messages came in, ${actual.length} came out`);
      assert.deepEqual(actual, ids, 'the messages came out in another order or with other ids');
      assert.equal(new Set(actual).size, count, 'two messages of a batch have the same id');
    },
  );

const BAD_ITEM = 50;

/** The first list of 100 in the body, with one of its items replaced; null where there is none. */
function withBadItem(body: JsonValue | undefined, bad: JsonValue): JsonValue | null {
  if (Array.isArray(body)) {
    if (body.length === 100) return body.map((item: JsonValue, index) => (index === BAD_ITEM ? bad : item));
    return withBadField(Object.fromEntries(body.entries()), bad, fields => Object.values(fields));
  }
  return typeof body === 'object' && body !== null
    ? withBadField(body as JsonObject, bad, fields => fields)
    : null;
}

function withBadField(
  fields: JsonObject,
  bad: JsonValue,
  shaped: (fields: Record<string, JsonValue>) => JsonValue,
): JsonValue | null {
  for (const [name, field] of Object.entries(fields)) {
    const changed = withBadItem(field, bad);
    if (changed !== null) return shaped({ ...fields, [name]: changed });
  }
  return null;
}

export const inboundRules: readonly Rule[] = [
  ...rulesOf('recordings', {
    'cover-every-inbound-kind': subject => {
      const kinds = new Set(
        recordingsOf(subject).flatMap(({ events }) =>
          events.flatMap(event => (event.kind === 'message' ? [event.message.content.kind] : [])),
        ),
      );
      const claims = Object.entries(subject.definition.capabilities.inbound);
      const missing = claims.filter(([kind, can]) => can === true && !kinds.has(kind as never));
      assert.deepEqual(
        missing.map(([kind]) => kind),
        [],
        'claimed as inbound, and in no recording',
      );
      const surprising = claims.filter(([kind, can]) => can !== true && kinds.has(kind as never));
      assert.deepEqual(
        surprising.map(([kind]) => kind),
        [],
        'in a recording, and not claimed as inbound',
      );
    },
    /** The hub keeps a request without its signatures and tokens, and reads it later. */
    'kept-headers-are-enough': async subject => {
      for (const { name, request: recorded } of recordingsOf(subject)) {
        const request = await signed(subject, recorded);
        const kept = { ...request, headers: keptHeaders(request.headers) };
        assert.deepStrictEqual(
          parsed(openChannel(subject), kept),
          parsed(openChannel(subject), request),
          `${name} means something else without its signature`,
        );
      }
    },
    'request-is-not-changed': async subject => {
      for (const { name, request: recorded } of recordingsOf(subject)) {
        const request = await signed(subject, recorded);
        const before = Buffer.from(request.body);
        parsed(openChannel(subject), request);
        assert.ok(before.equals(request.body), `parse changed the bytes of ${name}`);
      }
    },
  }),
  ...rulesOf('batches', {
    one: batchOf(1),
    three: batchOf(3),
    thousand: batchOf(1_000),
    'one-bad-of-hundred': needing(
      subject => subject.batch,
      async (batch, subject) => {
        const { request, ids } = batch(100);
        const others = ids.filter((_, index) => index !== BAD_ITEM);
        for (const bad of [{}, 'garbage', 7]) {
          const body = withBadItem(request.body, bad);
          if (body === null) return { none: 'its batches are no list of 100 in a JSON body' };
          const events = await eventsOf(subject, { ...request, body });
          const came = new Set(messageIds(events));
          const what = `with ${JSON.stringify(bad)} for one of 100`;
          assert.ok(came.size >= others.length, `${what}, ${100 - came.size} messages were lost`);
          // Parts of one message are counted, so that the ones behind a bad one move up; messages have ids of their own.
          if (others.every(id => came.has(id)))
            assert.ok(events.length >= 100, `${what}, the bad one was lost without a word`);
        }
        return undefined;
      },
    ),
  }),
  ...rulesOf('redelivery', {
    'same-bytes-same-events': async subject => {
      for (const { name, request: recorded } of recordingsOf(subject)) {
        const first = parsed(openChannel(subject), await signed(subject, recorded));
        const later = openChannel(subject, { nowMs: KIT_NOW_MS + 86_400_000 });
        const again = parsed(later, await signed(subject, recorded, { atMs: KIT_NOW_MS + 86_400_000 }));
        assert.deepStrictEqual(again, first, `${name} means something else the second time`);
      }
    },
    'other-messages-other-ids': needing(
      subject => subject.batch,
      async (batch, subject) => {
        const ids = messageIds(await eventsOf(subject, batch(50).request));
        assert.equal(new Set(ids).size, ids.length, 'different messages have the same id');
      },
    ),
  }),
  ...rulesOf('own', {
    'messages-ignored': needing(
      subject => subject.own,
      async (own, subject) => {
        for (const recorded of own) {
          const events = await eventsOf(subject, recorded);
          assert.ok(events.length > 0, 'a message of our own must be told as ignored, and was lost');
          assert.deepEqual(
            messageIds(events),
            [],
            'a message of our own came in: the bot would answer itself',
          );
        }
      },
    ),
  }),
  ...rulesOf('unknown', {
    'kinds-kept': async subject => {
      assert.ok(subject.unknown.length > 0, 'the subject names no unknown kind');
      for (const recorded of subject.unknown) {
        const events = await eventsOf(subject, recorded);
        assert.ok(events.length > 0, 'an unknown kind was lost');
        for (const event of events) {
          const kind = event.kind === 'message' ? event.message.content.kind : event.kind;
          assert.ok(
            ['unsupported', 'system', 'ignored'].includes(kind),
            `an unknown kind became ${kind} instead of unsupported or ignored`,
          );
        }
      }
    },
    'fields-ignored': async subject => {
      for (const { name, request: recorded } of recordingsOf(subject)) {
        if (typeof recorded.body !== 'object' || recorded.body === null) continue;
        const body = JSON.stringify(recorded.body).replaceAll('{"', '{"zz_not_invented_yet":[{}],"');
        const actual = parsed(openChannel(subject), unsigned({ ...recorded, body }));
        assert.deepStrictEqual(
          withoutStrange(actual),
          withoutStrange(parsed(openChannel(subject), unsigned(recorded))),
          `a field nobody has invented yet changed ${name}`,
        );
      }
    },
  }),
];

/** What is passed on whole (form answers, referrals) may carry the unknown field along. */
const withoutStrange = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, field) => (key === 'zz_not_invented_yet' ? undefined : field));
