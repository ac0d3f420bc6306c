/** The hub's own books, asked over its API. */
import type { Ledger, MessageView } from '../../../src/storage/look-up.ts';
import { pause } from './clients.ts';
import type { Workplace } from './workplace.ts';

const ANSWER_LIMIT_MS = 20_000;
const OFF_LIMIT_MS = 90_000;
const AGAIN_MS = 500;

async function ask<T>(workplace: Workplace, path: string): Promise<T> {
  const answer = await fetch(`${workplace.url}${path}`, {
    headers: { authorization: `Bearer ${workplace.token}` },
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  });
  if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`);
  return (await answer.json()) as T;
}

export const ledgerOf = (workplace: Workplace, recount: boolean): Promise<Ledger> =>
  ask(workplace, `/v1/ledger${recount ? '?recount' : ''}`);

/** Accepted, and neither done, dead, parked nor in flight. */
export const differenceOf = ({ inbound, outbound }: Ledger): number =>
  Math.abs(inbound.difference) + Math.abs(outbound.difference);

/**
 * What the books are off by: by the counters, and by counting the rows. Asked again for a while where no answer comes:
 * our own connection may just have been ended with many others, or found no free place yet.
 */
export async function ledgerOff(workplace: Workplace): Promise<number> {
  const giveUp = performance.now() + OFF_LIMIT_MS;
  for (;;) {
    try {
      const both = [await ledgerOf(workplace, false), await ledgerOf(workplace, true)];
      return both.reduce((sum, ledger) => sum + differenceOf(ledger), 0);
    } catch {
      // As good as wrong: nobody can say.
      if (performance.now() > giveUp) return Number.POSITIVE_INFINITY;
      await pause(AGAIN_MS);
    }
  }
}

/** Everything the hub knows of a message, by its own id or the platform's. */
export const traceOf = (workplace: Workplace, id: string): Promise<unknown> =>
  ask(workplace, `/v1/trace/${encodeURIComponent(id)}`);

/** Every message of one direction, page by page. */
export async function messagesOf(
  workplace: Workplace,
  direction: 'inbound' | 'outbound',
): Promise<readonly MessageView[]> {
  const all: MessageView[] = [];
  for (let after = 0; ; ) {
    const path = `/v1/messages?direction=${direction}&after=${after}&limit=200`;
    const { messages, next } = await ask<{ messages: MessageView[]; next: number }>(workplace, path);
    all.push(...messages);
    if (messages.length === 0) return all;
    after = next;
  }
}
