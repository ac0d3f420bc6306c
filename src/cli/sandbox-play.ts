/** Plays a scenario: sets the weather, sends the webhooks, waits until all has come to rest, and counts. */
import type { Received } from '../sandbox/received.ts';
import type { Amount, Count, Said, ScenarioFile } from '../sandbox/scenario.ts';
import type { SentWebhook } from '../sandbox/webhooks.ts';
import type { Ledger, MessageView } from '../storage/look-up.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import type { Target } from './sandbox-target.ts';
import { bodyMaker } from './trigger/body.ts';
import { post, signed } from './trigger/post.ts';
import { findChannel, findKind, isPlayed } from './trigger/target.ts';

/** One webhook of the scenario, ready to be sent. */
interface Item {
  readonly kind: string;
  readonly channel: string;
  send(): Promise<{ readonly status: number | null; readonly reason: string | null }>;
}

export interface Posted {
  readonly kind: string;
  readonly channel: string;
  readonly status: number | null;
  readonly reason: string | null;
}

export interface Expected {
  readonly what: Count;
  readonly counted: number;
  readonly expected: Amount;
  readonly ok: boolean;
}

export interface Unsent {
  readonly id: string;
  readonly channel: string;
  readonly state: string;
  readonly reason: string | null;
}

/** What happened; with `--json`, just this. */
export interface Played {
  readonly name: string;
  readonly description: string;
  /** Whether the hub was one of the command's own. */
  readonly own: boolean;
  readonly posted: readonly Posted[];
  readonly calls: readonly Received[];
  /** What the platforms told in return, and how the hub answered. */
  readonly webhooks: readonly SentWebhook[];
  /** Replies that were not sent, and why. */
  readonly unsent: readonly Unsent[];
  readonly counts: Readonly<Record<Count, number>>;
  readonly expected: readonly Expected[];
  /** False where something was still under way in the end. */
  readonly settled: boolean;
}

/** A number is the exit code after what is wrong with the scenario was told. */
export async function play(scenario: ScenarioFile, at: Target, session: Session): Promise<Played | ExitCode> {
  const items: Item[] = [];
  for (const said of scenario.say) {
    const made = itemsOf(said, at, session);
    if (typeof made === 'number') return made;
    items.push(...made);
  }
  const before = await at.ledger();
  const replies = (await allReplies(at, 0)).at(-1)?.seq ?? 0;
  const calls = await lastSeq(at, 'received');
  const webhooks = await lastSeq(at, 'webhooks');
  await at.sandbox('POST', 'scenario', JSON.stringify({ rules: scenario.weather }));
  try {
    const posted: Posted[] = [];
    for (const { kind, channel, send } of ordered(items, scenario.order)) {
      const { status, reason } = await send();
      posted.push({ kind, channel, status, reason });
    }
    const settled = await rest(at, scenario.settle);
    const happened = {
      calls: await after<Received>(at, 'received', calls),
      webhooks: await after<SentWebhook>(at, 'webhooks', webhooks),
    };
    const counts = countsOf(before, await at.ledger(), happened.calls);
    const unsent = (await allReplies(at, replies)).filter(({ state }) => state !== 'sent');
    const { name, description } = scenario;
    return {
      name,
      description,
      own: at.own,
      posted,
      ...happened,
      unsent: unsent.map(({ id, channel, state, reason }) => ({ id, channel, state, reason })),
      counts,
      expected: expectedOf(scenario, counts),
      settled,
    };
  } finally {
    await at.sandbox('DELETE', 'scenario');
  }
}

function itemsOf(said: Said, at: Target, session: Session): readonly Item[] | ExitCode {
  const kind = findKind(said.send, false, session);
  if (typeof kind === 'number') return kind;
  const channel = findChannel(kind, said.channel, at.config, session);
  if (typeof channel === 'number') return channel;
  if (kind.trigger === null) throw new Error('a kind without a raw body has a trigger');
  const make = bodyMaker(kind.trigger, channel, said.with);
  const signer = { definition: kind.definition, config: channel.adapter, tamper: undefined };
  const told = isPlayed(channel, kind);
  const items: Item[] = [];
  for (let each = 0; each < said.count; each++) {
    const body = make();
    if (!body.ok) {
      session.problem(`${said.send}: ${body.problem}`);
      return EXIT.usage;
    }
    const { webhook } = body;
    const account = encodeURIComponent(channel.id);
    const send: Item['send'] = async () => {
      // The platform of ours is to know who wrote, and what.
      if (told) await at.sandbox('POST', `note?account=${account}`, webhook.body, webhook.contentType);
      const ready = await signed(webhook, signer);
      if (ready === null) throw new Error('nothing was to be spoiled');
      return post(at.http, `${at.url}/webhooks/${channel.id}`, ready);
    };
    const item = { kind: said.send, channel: channel.id, send };
    items.push(...Array.from({ length: said.copies }, () => item));
  }
  return items;
}

function ordered(items: readonly Item[], order: ScenarioFile['order']): readonly Item[] {
  if (order === 'given') return items;
  if (order === 'reversed') return items.toReversed();
  return items
    .map(item => ({ item, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

async function allReplies(at: Target, after: number): Promise<readonly MessageView[]> {
  const page = await at.replies(after);
  const last = page.at(-1);
  return last === undefined ? [] : [...page, ...(await allReplies(at, last.seq))];
}

async function lastSeq(at: Target, what: 'received' | 'webhooks'): Promise<number> {
  return (await at.sandbox<{ next: number }>('GET', `${what}?limit=10000`)).next;
}

async function after<Entry>(
  at: Target,
  what: 'received' | 'webhooks',
  seq: number,
): Promise<readonly Entry[]> {
  const found = await at.sandbox<Record<string, readonly Entry[]>>('GET', `${what}?limit=10000&after=${seq}`);
  return found[what] ?? [];
}

const LOOK_EVERY_MS = 100;

/** True once nothing is under way any more, at the hub and at the platforms, twice in a row. */
async function rest(at: Target, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  let quiet = 0;
  while (quiet < 2) {
    const { inbound, outbound } = await at.ledger();
    const { pending } = await at.sandbox<{ pending: number }>('GET', 'webhooks?limit=1');
    quiet = inbound.inFlight + outbound.inFlight + pending === 0 ? quiet + 1 : 0;
    if (performance.now() > deadline) return quiet > 0;
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return true;
}

function countsOf(before: Ledger, now: Ledger, calls: readonly Received[]): Played['counts'] {
  const taken = calls.filter(call => call.taken);
  const markers = new Map<string, number>();
  for (const { account, marker } of taken) {
    if (marker !== null) markers.set(`${account} ${marker}`, (markers.get(`${account} ${marker}`) ?? 0) + 1);
  }
  return {
    messages: now.inbound.accepted - before.inbound.accepted,
    duplicates: now.duplicates - before.duplicates,
    replies_sent: now.outbound.done - before.outbound.done,
    replies_dead: now.outbound.dead - before.outbound.dead,
    replies_parked: now.outbound.parked - before.outbound.parked,
    calls: calls.length,
    calls_taken: taken.length,
    taken_twice: [...markers.values()].filter(times => times > 1).length,
  };
}

function expectedOf({ expect }: ScenarioFile, counts: Played['counts']): readonly Expected[] {
  return Object.entries(expect).flatMap(([name, expected]) => {
    if (expected === undefined) return [];
    const what = name as Count;
    return [{ what, counted: counts[what], expected, ok: holds(counts[what], expected) }];
  });
}

function holds(counted: number, expected: Amount): boolean {
  if (typeof expected === 'number') return counted === expected;
  return 'at_least' in expected ? counted >= expected.at_least : counted <= expected.at_most;
}
