/**
 * One outbound message to its platform: rendered once, then wire message by wire message, each with an intent
 * stored before the attempt and an outcome stored after it.
 */
import type { Channel, Rendering } from '../channels/channel.ts';
import { Unsayable } from '../channels/channel.ts';
import { type Fault, failed, type SendResult } from '../message/fault.ts';
import type { JsonValue } from '../message/json.ts';
import { persist } from '../storage/persist.ts';
import type { Delivery, SendItem, Settlement, Store } from '../storage/store.ts';
import { type DeliveryPolicy, settlementOf } from './policy.ts';

/** A channel with the policy its file gives it. */
export interface Outlet {
  readonly channel: Channel;
  /** Sending the same wire message twice has the effect of once. */
  readonly idempotent: boolean;
  readonly policy: DeliveryPolicy;
}

export interface DeliverOptions {
  readonly store: Store;
  /** Undefined for a channel that is no longer configured. */
  readonly outlet: (tenant: string, channel: string) => Outlet | undefined;
  readonly newId: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Nothing new is begun after it. */
  readonly stop: AbortSignal;
  /** Ends attempts that are under way. */
  readonly abort: AbortSignal;
  /** Named points where tests end the process. */
  readonly crash: (point: string) => void;
}

/** Resolves when the message is over, waits, or the hub stops. Rejects only with bugs and the stop signal. */
export async function deliver(item: SendItem, options: DeliverOptions): Promise<void> {
  const { tenant, channel: id } = item.message.address;
  const outlet = options.outlet(tenant, id);
  if (outlet === undefined) {
    const fault: Fault = { code: 'misconfigured', detail: `channel ${id} is not configured` };
    return stored(options, store => store.refuse({ seq: item.seq, fault }));
  }
  const deliveries = item.deliveries ?? (await plan(item, outlet.channel, options));
  for (const delivery of deliveries ?? []) {
    if (delivery.state === 'sent') continue;
    if (!(await deliverPart(item, delivery, outlet, options))) return;
  }
}

async function plan(
  item: SendItem,
  channel: Channel,
  options: DeliverOptions,
): Promise<readonly Delivery[] | null> {
  let rendering: Rendering<JsonValue>;
  try {
    rendering = channel.render(item.message);
  } catch (error) {
    const fault: Fault =
      error instanceof Unsayable
        ? { code: 'unsupported', detail: error.message }
        : {
            code: 'internal',
            detail: `rendering failed: ${error instanceof Error ? error.name : 'unknown'}`,
          };
    await stored(options, store => store.refuse({ seq: item.seq, fault }));
    return null;
  }
  const wires = rendering.wires.map(wire => ({ id: options.newId(), wire }));
  return stored(options, store => store.plan({ seq: item.seq, wires, losses: rendering.losses }));
}

/** True when the part is sent and the next may go. */
async function deliverPart(
  item: SendItem,
  delivery: Delivery,
  outlet: Outlet,
  options: DeliverOptions,
): Promise<boolean> {
  if (delivery.state !== 'ambiguous') return attempt(delivery, outlet, false, options);
  const { policy } = outlet;
  if (outlet.idempotent) return attempt(delivery, outlet, false, options);
  const since = delivery.triedAt ?? options.now();
  const waitMs = since + policy.ambiguous.waitMs - options.now();
  if (waitMs > 0) {
    // A receipt that carries our marker may still come; the wait is bounded by the clock having jumped back.
    const afterMs = Math.min(waitMs, policy.ambiguous.waitMs);
    await stored(options, store => store.hold({ seq: item.seq, afterMs }));
    return false;
  }
  return reconcile(delivery, since, outlet, options);
}

/** Nobody said whether it arrived: the platform's history is asked, and then the channel's policy. */
async function reconcile(
  delivery: Delivery,
  since: number,
  outlet: Outlet,
  options: DeliverOptions,
): Promise<boolean> {
  const { channel, policy } = outlet;
  const settle = (settlement: Settlement): Promise<boolean> =>
    stored(options, store => store.settle({ delivery: delivery.id, at: options.now(), settlement }));
  if (channel.lookup !== undefined) {
    const signal = AbortSignal.any([options.abort, AbortSignal.timeout(policy.timeoutMs)]);
    const context = { marker: delivery.id, attempt: delivery.attempts, seq: delivery.seq, signal, since };
    const found = await channel.lookup(delivery.wire, context);
    if (found.found === true) return settle({ kind: 'sent', platformId: found.platformId });
    if (found.found === false) return attempt(delivery, outlet, false, options);
  }
  if (policy.ambiguous.policy === 'resend' && delivery.resends === 0)
    return attempt(delivery, outlet, true, options);
  const again = delivery.resends > 0 ? ' also after it was sent again' : '';
  return settle({
    kind: 'parked',
    fault: { code: 'ambiguous', detail: `nobody can say whether it arrived${again}` },
  });
}

async function attempt(
  delivery: Delivery,
  outlet: Outlet,
  resend: boolean,
  options: DeliverOptions,
): Promise<boolean> {
  const { channel, policy } = outlet;
  options.stop.throwIfAborted();
  const number = await stored(options, store =>
    store.intend({ delivery: delivery.id, at: options.now(), resend }),
  );
  // Settled meanwhile, by the platform's own receipt: the store gives out what follows.
  if (number === null) return true;
  options.crash('CP10');
  const signal = AbortSignal.any([options.abort, AbortSignal.timeout(policy.timeoutMs)]);
  const context = { marker: delivery.id, attempt: number, seq: delivery.seq, signal };
  const result = await send(channel, delivery.wire, context);
  options.crash('CP12');
  const settlement = settlementOf(
    { result, attempts: number, idempotent: outlet.idempotent, random: options.random() },
    policy,
  );
  const more = await stored(options, store =>
    store.settle({ delivery: delivery.id, at: options.now(), settlement }),
  );
  options.crash('CP13');
  return more;
}

/** An adapter that throws has a bug; the message must not be tried again and again because of it. */
async function send(
  channel: Channel,
  wire: JsonValue,
  context: Parameters<Channel['send']>[1],
): Promise<SendResult> {
  try {
    return await channel.send(wire, context);
  } catch (error) {
    return failed('internal', `the adapter threw ${error instanceof Error ? error.name : 'something'}`);
  }
}

const stored = <T>(options: DeliverOptions, call: (store: Store) => Promise<T>): Promise<T> =>
  persist(() => call(options.store), options.abort);
