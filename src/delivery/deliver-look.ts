/** Asking a platform's history about a send in doubt, and for how long. */
import type { Channel, Lookup } from '../channels/channel.ts';
import type { JsonValue } from '../message/json.ts';
import type { Delivery } from '../storage/send-queue.ts';
import { accountKey } from '../storage/turns.ts';
import { type Outlet, type Run, threw } from './deliver-run.ts';
import type { DeliveryPolicy } from './policy.ts';

/** Of the wait for a receipt: for so many times as long the history is asked again where it gave no answer. */
const PATIENCE = 5;

/** A time as the platform may have it: where the clock was set since then, the earlier of what it may mean. */
export const askedFrom = (time: number, { now, ages }: Run): number =>
  Math.min(time, now() - ages.since(time));

/**
 * A history that could not be asked just now is no reason to send again what may be in it; but not for ever. Counted
 * from the first time it was asked in vain: behind many others, as after a start, the time is over before that.
 */
export function isWorthAsking(
  { again = false }: Extract<Lookup, { found: null }>,
  { id }: Delivery,
  { doubts }: Run,
  { ambiguous }: DeliveryPolicy,
): boolean {
  return again && doubts.unansweredFor(id) < ambiguous.waitMs * PATIENCE;
}

/** Null when too many were asked about just now. */
export async function look(
  delivery: Delivery,
  since: number,
  outlet: Outlet,
  run: Run,
): Promise<Lookup | null> {
  const { channel, policy, rates } = outlet;
  const { lookups: own } = policy.rateLimit;
  const rate = own === undefined ? rates?.lookups : own;
  return run.lookups.run(accountKey(channel.tenant, channel.id), rate, async () => {
    const signal = AbortSignal.any([run.abort, AbortSignal.timeout(policy.timeoutMs)]);
    const { id: marker, attempts: attempt, spared, seq } = delivery;
    const context = { marker, attempt, spared, seq, signal, since };
    return ask(channel, delivery.wire, context);
  });
}

/** An adapter that throws has a bug, and that is no answer: it is asked again for as long as one that has none. */
async function ask(
  channel: Channel,
  wire: JsonValue,
  context: Parameters<NonNullable<Channel['lookup']>>[1],
): Promise<Lookup> {
  try {
    const found = await channel.lookup?.(wire, context);
    return found ?? { found: null, detail: 'the platform cannot be asked' };
  } catch (error) {
    return { found: null, detail: threw(error), again: true };
  }
}
