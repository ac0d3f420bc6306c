/** A visitor of the web chat over real HTTP, without a browser: a session, frames, and the stream of events. */
import assert from 'node:assert/strict';
import type { Push, SessionAnswer } from '../../src/channels/web/wire.ts';
import { eventsOf } from './event-stream.ts';
import { until } from './wait.ts';

export interface Visitor extends AsyncDisposable {
  readonly id: string;
  readonly conversation: string;
  /** What they were told, in the order it came; whatever came twice is there twice. */
  readonly pushed: readonly Push[];
  /** Posts a frame; the status it was answered with. */
  say(frame: Readonly<Record<string, unknown>>): Promise<number>;
  /** Resolves once so many messages have come. */
  told(count: number): Promise<readonly Push[]>;
}

/** Resolves when the hub has said that it listens. `url` is the hub's. */
export async function visit(url: string, channel: string): Promise<Visitor> {
  const door = `${url}/web/${channel}/`;
  const headers = { origin: url, 'content-type': 'application/json' };
  const opened = await fetch(`${door}session`, { method: 'POST', headers, body: '{}' });
  assert.equal(opened.status, 200);
  const { token, conversation, visitor } = (await opened.json()) as SessionAnswer;
  const bearer = { ...headers, authorization: `Bearer ${token}` };
  const leave = new AbortController();
  const stream = await fetch(`${door}events`, { headers: bearer, signal: leave.signal });
  assert.equal(stream.status, 200);
  const pushed: Push[] = [];
  const ready = Promise.withResolvers<void>();
  const listening = (async () => {
    for await (const { event, data = '' } of eventsOf(stream)) {
      if (event === 'ready') ready.resolve();
      if (event === 'message') pushed.push(JSON.parse(data) as Push);
    }
  })().catch(error => {
    if (!leave.signal.aborted) ready.reject(error);
  });
  await ready.promise;
  return {
    id: visitor.id,
    conversation,
    pushed,
    say: async frame =>
      (await fetch(`${door}messages`, { method: 'POST', headers: bearer, body: JSON.stringify(frame) }))
        .status,
    async told(count) {
      await until(() => pushed.length >= count, `${count} messages to the visitor`);
      return pushed;
    },
    async [Symbol.asyncDispose]() {
      leave.abort();
      await listening;
    },
  };
}
