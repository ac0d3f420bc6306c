/**
 * One outbound message to its platform: rendered once, then wire message by wire message, each with an intent
 * stored before the attempt and an outcome stored after it.
 */
import { type Channel, type Rendering, Unsayable } from '../channels/channel.ts';
import { type Fault, failed, type SendResult } from '../message/fault.ts';
import type { JsonValue } from '../message/json.ts';
import type { OutboundMessage } from '../message/message.ts';
import { pause } from '../storage/persist.ts';
import type { Delivery, SendItem, Settlement } from '../storage/send-queue.ts';
import { StoreUnavailable } from '../storage/store.ts';
import { askedFrom, isWorthAsking, look } from './deliver-look.ts';
import { type DeliverOptions, type Outlet, type Run, stored, threw } from './deliver-run.ts';
import type { Pass } from './gate-pass.ts';
import { denialOf, isTooOld, type Past, settlementOf, tooOld, withheld } from './policy.ts';

/** A wait for the next place that is not worth laying the message down for. */
const IN_PLACE_MS = 200;

/** Resolves when the message is over, waits, or the hub stops. Rejects only with bugs and the stop signal. */
export async function deliver(item: SendItem, pass: Pass, options: DeliverOptions): Promise<void> {
  const { tenant, channel: id } = item.message.address;
  const outlet = options.outlet(tenant, id);
  if (outlet === undefined) {
    const fault: Fault = { code: 'misconfigured', detail: `channel ${id} is not configured` };
    return stored(options, store => store.refuse({ seq: item.seq, fault }));
  }
  const doubtful = item.deliveries?.some(({ state }) => state === 'ambiguous' || state === 'intent') ?? false;
  if (!doubtful && isTooOld(options.ages.since(item.createdAt), outlet.policy))
    return stored(options, store => store.refuse({ seq: item.seq, fault: tooOld(outlet.policy) }));
  const deliveries = item.deliveries ?? (await plan(item, outlet.channel, options));
  const run: Run = { ...options, item, pass };
  for (const delivery of deliveries ?? []) {
    if (delivery.state === 'sent') continue;
    if (!(await deliverPart(delivery, outlet, run))) return;
  }
}

async function plan(
  item: SendItem,
  channel: Channel,
  options: DeliverOptions,
): Promise<readonly Delivery[] | null> {
  let rendering: Rendering<JsonValue>;
  try {
    rendering = channel.render(routed(item));
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

/** What names no route goes where its conversation was last heard from. */
function routed({ message, route }: SendItem): OutboundMessage {
  const { address } = message;
  return route === null || address.route !== undefined
    ? message
    : { ...message, address: { ...address, route } };
}

/** True when the part is sent and the next may go. */
async function deliverPart(delivery: Delivery, outlet: Outlet, run: Run): Promise<boolean> {
  if (delivery.state === 'intent') return settleLost(delivery, outlet, run);
  if (delivery.state !== 'ambiguous') return attempt(delivery, outlet, false, run);
  const { policy } = outlet;
  const { ages, startedAt } = run;
  if (isHarmless(delivery, outlet)) {
    if (!isTooOld(ages.since(run.item.createdAt), policy)) return attempt(delivery, outlet, false, run);
    return settle(delivery, { kind: 'parked', fault: tooOld(policy) }, run);
  }
  const triedAt = delivery.triedAt ?? run.now();
  // A receipt that carries our marker may still come. While the hub was down none could: the platform brings it
  // again only now, so that time does not count.
  const sinceThen = Math.min(ages.since(triedAt), ages.since(startedAt));
  const waitMs = Math.ceil(policy.ambiguous.waitMs - run.doubts.ageOf(delivery.id, sinceThen));
  if (waitMs > 0 || !(await isCaughtUp(policy.timeoutMs, run)))
    return lay(run, waitMs > 0 ? waitMs : policy.ambiguous.waitMs);
  return reconcile(delivery, triedAt, outlet, run);
}

/** Sent again it has the effect of once. */
const isHarmless = ({ wire }: Delivery, { channel, idempotent }: Outlet): boolean =>
  idempotent || channel.repeatable?.(wire) === true;

/** True when other parts of the message are still to go. */
const settle = ({ id }: Delivery, settlement: Settlement, run: Run): Promise<boolean> =>
  stored(run, store => store.settle({ delivery: id, at: run.now(), settlement }));

/** The message waits in the store, and holds its conversation only. */
async function lay(run: Run, afterMs: number): Promise<false> {
  await stored(run, store => store.hold({ seq: run.item.seq, afterMs }));
  return false;
}

/** 0 once the next wire message may go; else how long until then. */
async function place({ pass, stop }: Run): Promise<number> {
  for (let waitedMs = 0; ; ) {
    const waitMs = pass.wait();
    waitedMs += waitMs;
    if (waitMs === 0 || waitedMs > IN_PLACE_MS) return waitMs;
    await pause(waitMs, stop);
    stop.throwIfAborted();
  }
}

/** The proof may be in the log already, accepted and not read yet. False when that takes too long. */
async function isCaughtUp(limitMs: number, { caughtUp, abort }: DeliverOptions): Promise<boolean> {
  const told = new AbortController();
  const aborted = pause(limitMs, AbortSignal.any([abort, told.signal])).then(() => false);
  try {
    return await Promise.race([caughtUp(limitMs), aborted]);
  } catch (error) {
    if (error instanceof StoreUnavailable) return false;
    throw error;
  } finally {
    told.abort();
  }
}

/** Nobody said whether it arrived: the platform's history is asked, and then the channel's policy. */
async function reconcile(delivery: Delivery, since: number, outlet: Outlet, run: Run): Promise<boolean> {
  const { channel, policy } = outlet;
  if (channel.lookup !== undefined) {
    const waitMs = await place(run);
    if (waitMs > 0) return lay(run, waitMs);
    const from = askedFrom(delivery.inDoubtSince ?? run.item.createdAt, run);
    const found = await run.pass.patiently(() => look(delivery, from, outlet, run));
    const askAgain = found === null || (found.found === null && isWorthAsking(found, delivery, run, policy));
    if (askAgain) return lay(run, Math.ceil(policy.ambiguous.waitMs * run.random()) + 1);
    if (found.found === true) return settle(delivery, { kind: 'sent', platformId: found.platformId }, run);
    if (found.found === false) {
      run.doubts.end(delivery.id);
      return settle(delivery, deny(delivery, since, outlet, run, 'the platform does not have it'), run);
    }
  }
  const isLate = isTooOld(run.ages.since(run.item.createdAt), policy);
  if (policy.ambiguous.policy === 'resend' && delivery.resends === 0 && !isLate)
    return attempt(delivery, outlet, true, run);
  const again = delivery.resends > 0 ? ' also after it was sent again' : '';
  const fault: Fault = { code: 'ambiguous', detail: `nobody can say whether it arrived${again}` };
  return settle(delivery, { kind: 'parked', fault }, run);
}

/** It did not arrive, and is judged as what was refused: tried again, or given up. */
function deny(
  delivery: Delivery,
  since: number,
  { policy }: Outlet,
  run: Run,
  because: string,
): ReturnType<typeof denialOf> {
  const past = pastOf(delivery, delivery.attempts, run);
  const sinceLastMs = run.ages.since(since);
  return denialOf({ ...past, sinceLastMs, because }, policy);
}

/** On today's clock, as the adapter compares it with that. */
function heardOf({ item: { lastInboundAt }, now, ages }: Run): number | null {
  return lastInboundAt === null ? null : now() - ages.since(lastInboundAt);
}

const pastOf = (delivery: Delivery, attempts: number, { ages, pass, random }: Run): Past => ({
  attempts,
  spared: delivery.spared,
  sinceLastMs: delivery.triedAt === null ? null : ages.since(delivery.triedAt),
  wentWellWithin: pass.wentWellWithin,
  heldMs: delivery.heldSince === null ? null : Math.min(ages.since(delivery.heldSince), pass.worksForMs()),
  isOutage: pass.isOutage(),
  random: random(),
});

const LOST: Fault = { code: 'ambiguous', detail: 'how the attempt ended could not be stored' };

/** Nobody works on it, and it has no outcome: a bug, or a store that failed, came in between. It may have arrived. */
async function settleLost(delivery: Delivery, outlet: Outlet, run: Run): Promise<boolean> {
  const { policy } = outlet;
  const idempotent = isHarmless(delivery, outlet);
  const past = { ...pastOf(delivery, delivery.attempts, run), othersWentWell: false };
  const settlement = settlementOf({ result: { ok: false, fault: LOST }, ...past, idempotent }, policy);
  run.doubts.begin(delivery.id);
  return settle(delivery, settlement, run);
}

export async function attempt(
  delivery: Delivery,
  outlet: Outlet,
  resend: boolean,
  run: Run,
): Promise<boolean> {
  const { channel, policy } = outlet;
  const { pass, now, ages } = run;
  run.stop.throwIfAborted();
  const waitMs = await place(run);
  if (waitMs > 0) return lay(run, waitMs);
  const startedAt = now();
  const number = await stored(run, store => store.intend({ delivery: delivery.id, at: startedAt, resend }));
  // Settled meanwhile, by the platform's own receipt; or stored before, by a call of which we heard that it failed.
  if (number === null) return lay(run, 0);
  run.crash('CP10');
  const signal = AbortSignal.any([run.abort, AbortSignal.timeout(policy.timeoutMs)]);
  const lastInboundAt = heardOf(run);
  const heard = policy.window.check === true ? { lastInboundAt } : {};
  const { id: marker, seq, spared } = delivery;
  const context = { marker, attempt: number, spared, seq, signal, ...heard };
  const sinceLastMs = delivery.triedAt === null ? null : ages.since(delivery.triedAt);
  // Asked before: this attempt may go well itself.
  const othersWentWell = sinceLastMs !== null && pass.wentWellWithin(sinceLastMs);
  const result = await pass.run(() => send(channel, delivery.wire, context));
  run.crash('CP12');
  const idempotent = isHarmless(delivery, outlet);
  const past = { ...pastOf(delivery, number, run), sinceLastMs, othersWentWell };
  const settlement =
    result === null ? withheld(pass.wait()) : settlementOf({ result, ...past, idempotent }, policy);
  const more = await settle(delivery, settlement, run);
  if (settlement.kind === 'ambiguous') run.doubts.begin(delivery.id);
  else run.doubts.end(delivery.id);
  run.crash('CP13');
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
    return failed('internal', threw(error));
  }
}
