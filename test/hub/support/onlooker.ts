/** A browser that looks on at a web chat, and comes back with the last number it has whenever its line ends. */
import assert from 'node:assert/strict';
import type { Push, SessionAnswer } from '../../../src/channels/web/wire.ts';
import { eventsOf } from '../../support/event-stream.ts';

export interface Onlooker extends AsyncDisposable {
  readonly conversation: string;
  /** Numbers of what it was told, in the order in which it was. */
  readonly told: readonly number[];
  /** How often it has come. */
  readonly visits: number;
}

const AGAIN_MS = 100;

export async function lookOn(url: string, channel: string): Promise<Onlooker> {
  const door = `${url}/web/${channel}/`;
  const headers = { origin: url, 'content-type': 'application/json' };
  const opened = await fetch(`${door}session`, { method: 'POST', headers, body: '{}' });
  assert.equal(opened.status, 200);
  const { token, conversation } = (await opened.json()) as SessionAnswer;
  const leave = new AbortController();
  const told: number[] = [];
  let visits = 0;
  async function visit(): Promise<void> {
    const after = String(Math.max(0, ...told));
    const events = await fetch(`${door}events`, {
      headers: { ...headers, authorization: `Bearer ${token}`, 'last-event-id': after },
      signal: leave.signal,
    });
    if (events.status === 200) visits++;
    for await (const { event, data = '' } of eventsOf(events))
      if (event === 'message') told.push((JSON.parse(data) as Push).seq);
  }
  const looking = (async () => {
    while (!leave.signal.aborted) {
      // A line that was cut ends with an error as well.
      await visit().catch(() => {});
      await new Promise(resolve => setTimeout(resolve, AGAIN_MS));
    }
  })();
  return {
    conversation,
    told,
    get visits() {
      return visits;
    },
    async [Symbol.asyncDispose]() {
      leave.abort();
      await looking;
    },
  };
}
