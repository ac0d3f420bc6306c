import assert from 'node:assert/strict';
import type { Push } from '../../../src/channels/web/wire.ts';
import { eventsOf, type StreamedEvent } from '../../support/event-stream.ts';
import { bearer, said, type TestDoor, testDoor } from './support.ts';

const open = (door: TestDoor, token: string, headers: Record<string, string> = {}) =>
  fetch(`${door.url}events`, { headers: { origin: door.origin, ...bearer(token), ...headers } });

const next = async (events: AsyncGenerator<StreamedEvent>): Promise<StreamedEvent> =>
  (await events.next()).value ?? {};

describe('web chat: event stream', () => {
  it('tells the past from Last-Event-ID on, then the present', async () => {
    await using door = await testDoor();
    const { token, conversation } = await door.session();
    for (let seq = 1; seq <= 3; seq++) {
      door.record(conversation, { seq, id: `delivery-${seq}`, wire: said(conversation, 'x'), at: 5 });
    }
    const events = eventsOf(await open(door, token, { 'last-event-id': '1' }));
    assert.equal((await next(events)).event, 'ready');
    const missed = await next(events);
    assert.equal(missed.id, '2');
    assert.deepEqual(JSON.parse(missed.data ?? ''), {
      seq: 2,
      id: 'delivery-2',
      wire: said(conversation, 'x'),
      at: 5,
    } satisfies Push);
    assert.equal((await next(events)).id, '3');
    door.push(conversation, 4);
    assert.equal((await next(events)).id, '4');
    await events.return(undefined);
  });

  it('is opened with a token only, and from sites that may', async () => {
    await using door = await testDoor();
    const { token } = await door.session();
    assert.equal((await open(door, 'e30.e30.e30')).status, 401);
    assert.equal((await open(door, token, { origin: 'https://evil.example' })).status, 403);
    const plain = await fetch(`${door.url}events`, {
      headers: { ...bearer(token), 'sec-fetch-site': 'cross-site' },
    });
    assert.equal(plain.status, 403);
    const own = await fetch(`${door.url}events`, {
      headers: { ...bearer(token), 'sec-fetch-site': 'same-origin' },
    });
    assert.equal(own.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    await own.body?.cancel();
  });

  it('ends when the token has run out', async () => {
    let now = Date.now();
    await using door = await testDoor({ now: () => now, limits: { heartbeatMs: 20 } });
    const events = eventsOf(await open(door, (await door.session()).token));
    await next(events);
    now += 1_800_000;
    const last = await next(events);
    assert.equal(last.event, 'error');
    assert.equal(JSON.parse(last.data ?? '').code, 'token-expired');
    assert.equal((await events.next()).done, true);
  });

  it('ends for a slow reader', async () => {
    await using door = await testDoor({ limits: { bufferedBytes: 100_000, patienceMs: 100 } });
    const { token, conversation } = await door.session();
    const answer = await open(door, token);
    const events = eventsOf(answer);
    await next(events);
    for (let seq = 1; seq <= 2_000; seq++) door.push(conversation, seq, 'x'.repeat(9_000));
    let messages = 0;
    try {
      for await (const event of events) if (event.event === 'message') messages++;
    } catch {
      // Cut off: the reader was slower than the door is patient.
    }
    assert.ok(messages < 2_000);
  });
});
