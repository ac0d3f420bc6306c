/** What became of what was sent: the hub's own account of it, and the platform's. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RECEIPT_STATUSES } from '../../message/event.ts';
import type { Received } from '../../sandbox/received.ts';
import type { DeliveryView, Trace } from '../../storage/look-up.ts';
import type { HubClient } from '../hub-client.ts';
import type { TraceWithRaw } from '../offline.ts';

export interface Journey {
  /** The platform's id of the message, or the hub's where the platform gave none. */
  readonly id: string;
  /** Null where the hub knows no such message. */
  readonly trace: TraceWithRaw | null;
  /** The hub had it before: a redelivery. */
  readonly known: boolean;
  /** All is done that can be done now. */
  readonly ended: boolean;
  /** What the platform got, by the delivery's id. */
  readonly received: Readonly<Record<string, Received>>;
}

export interface Follow {
  readonly hub: HubClient;
  readonly channel: string;
  /** When the first of the webhooks was sent: milliseconds since 1970. */
  readonly since: number;
  /** On the clock of `performance`. */
  readonly deadline: number;
  /** Whether the platform is played by the sandbox, so that it can be asked. */
  readonly played: boolean;
  /** Whether the platform tells us what became of our messages. */
  readonly receipts: boolean;
}

const FIRST_WAIT_MS = 15;
const LONGEST_WAIT_MS = 250;
/** Receipts follow soon, or not at all. */
const RECEIPTS_WAIT_MS = 3_000;

/** Resolves when the message has come to its end, or at the deadline with what is known by then. */
export async function follow(id: string, options: Follow): Promise<Journey> {
  const { since, deadline, played } = options;
  let trace: TraceWithRaw | null = null;
  let receiptsUntil = Number.POSITIVE_INFINITY;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)) {
    trace = (await traceOf(id, options)) ?? trace;
    const now = performance.now();
    const ended = trace !== null && hasEnded(trace);
    if (ended) receiptsUntil = Math.min(receiptsUntil, now + RECEIPTS_WAIT_MS);
    const isTold = ended && (isToldAll(trace, options) || now >= receiptsUntil);
    if (isTold || now + waitMs > deadline) {
      const received = played && trace !== null ? await receivedOf(trace, options) : {};
      return { id, trace, known: (trace?.inbound?.at ?? since) < since, ended, received };
    }
    await sleep(waitMs);
  }
}

/** Null where it is not known, or only to another channel. */
async function traceOf(id: string, { hub, channel }: Follow): Promise<TraceWithRaw | null> {
  const asked = await hub.ask(`/v1/trace/${encodeURIComponent(id)}`);
  if (asked.kind !== 'answered' || asked.status !== 200) return null;
  // Our own hub's answer, made of this very type.
  const found = asked.body as TraceWithRaw;
  return found.inbound?.channel === channel ? found : null;
}

/** States of a message that is still on its way. */
const OPEN = new Set(['waiting', 'running', 'open']);

const hasEnded = ({ inbound, outbound }: Trace): boolean =>
  !OPEN.has(inbound?.state ?? 'done') && outbound.every(({ view }) => !OPEN.has(view.state));

const isToldAll = (trace: Trace | null, { played, receipts }: Follow): boolean =>
  !played || !receipts || (trace?.outbound ?? []).flatMap(({ deliveries }) => deliveries).every(isArrived);

function isArrived(delivery: DeliveryView): boolean {
  const best = bestReceipt(delivery);
  if (delivery.state !== 'sent' || delivery.platformId === null) return true;
  return best !== null && RECEIPT_STATUSES.indexOf(best) >= RECEIPT_STATUSES.indexOf('delivered');
}

/** The receipt that says most; null before the first. */
export function bestReceipt({ receipts }: DeliveryView): (typeof RECEIPT_STATUSES)[number] | null {
  const ranks = receipts.map(({ status }) => RECEIPT_STATUSES.indexOf(status));
  return RECEIPT_STATUSES[Math.max(-1, ...ranks)] ?? null;
}

async function receivedOf(trace: Trace, { hub, channel }: Follow): Promise<Record<string, Received>> {
  const found: Record<string, Received> = {};
  for (const delivery of trace.outbound.flatMap(({ deliveries }) => deliveries)) {
    for (const id of [delivery.id, delivery.platformId]) {
      if (id === null || found[delivery.id] !== undefined) continue;
      const query = new URLSearchParams({ account: channel, id });
      const asked = await hub.askSandbox(`received?${query}`);
      if (asked.kind !== 'answered' || asked.status !== 200) continue;
      const taken = (asked.body as { received: readonly Received[] }).received.find(call => call.taken);
      if (taken !== undefined) found[delivery.id] = taken;
    }
  }
  return found;
}
