/** The road of a trigger: kind, channel, hub, bodies, posts, journeys, and what to say of them. */
import { keptHeaders, type WebhookRequest } from '../../channels/webhook.ts';
import type { ChannelConfig } from '../../config/config.ts';
import type { Webhook } from '../../sandbox/platform.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { findHub, type HubClient, tellRefused, tellUnreachable } from '../hub-client.ts';
import type { Session } from '../io.ts';
import { eventsOf } from '../parse.ts';
import { readConfig } from '../settings.ts';
import type { TriggerFlags } from '../trigger.ts';
import { type Body, bodyMaker, bodyOfFile, editedBody } from './body.ts';
import { follow, type Journey } from './follow.ts';
import { eachAtPace, inBatches } from './pace.ts';
import { isTaken, type Posted, post, type Signed, signed } from './post.ts';
import { quarantinedSince } from './quarantine.ts';
import type { Report, Sent } from './report.ts';
import { problemsOf, show } from './show.ts';
import { SOME_MESSAGES, type SpokenOf, spokenOf } from './spoken-of.ts';
import { findChannel, findKind, isPlayed, type Kind } from './target.ts';

export async function trigger(asked: string, flags: TriggerFlags, session: Session): Promise<ExitCode> {
  if (flags.edit === true && !session.io.isTerminal) {
    session.problem('--edit needs a terminal');
    return EXIT.usage;
  }
  const kind = findKind(asked, flags.file !== undefined, session);
  if (typeof kind === 'number') return kind;
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  const channel = findChannel(kind, flags.channel, config, session);
  if (typeof channel === 'number') return channel;
  await using hub = findHub(config);
  const first = await firstBody({ kind, channel, flags, played: playedAt(channel, kind, hub) }, session);
  if (!first.ok) {
    session.problem(first.problem);
    return EXIT.usage;
  }
  if (hub === null) return tellUnreachable(session, config);
  const before = await booksOf(hub);
  if (before.kind === 'unreachable') return tellUnreachable(session, config, before.reason);
  if (before.kind === 'refused') return tellRefused(session, before.asked);

  const work: Work = { kind, channel, flags, hub };
  const sent = await sendAll(first, work, session);
  if (sent === null) {
    session.problem(`${kind.definition.type} signs no ${flags.tamper}: there is nothing to spoil`);
    return EXIT.usage;
  }
  const gone = sent.flatMap(({ posts }) => posts).find(({ status }) => status === null);
  if (gone !== undefined && sent.every(({ posts }) => posts.every(({ status }) => status === null)))
    return tellUnreachable(session, config, gone.reason ?? undefined);
  const report = await reportOf(sent, before.books, work);
  const problems = problemsOf(report);
  if (session.settings.json) session.json({ ok: problems.length === 0, problems, ...report });
  else show(report, session);
  for (const problem of problems) session.problem(problem);
  return problems.length === 0 ? EXIT.ok : EXIT.problems;
}

interface Work {
  readonly kind: Kind;
  readonly channel: ChannelConfig;
  readonly flags: TriggerFlags;
  readonly hub: HubClient;
}

type GoodBody = Extract<Body, { ok: true }> & {
  /** Another one of the kind. */
  readonly next: () => Webhook;
};

interface Wanted extends Pick<Work, 'kind' | 'channel' | 'flags'> {
  /** The account's address at the sandbox. */
  readonly played: string | undefined;
}

async function firstBody(
  { kind: { trigger: made }, channel, flags, played }: Wanted,
  { io }: Session,
): Promise<GoodBody | Extract<Body, { ok: false }>> {
  const make = made === null ? null : bodyMaker(made, channel, flags.set, played);
  const given = make === null ? await bodyOfFile(flags.file ?? '-', io) : make();
  const body = given.ok && flags.edit === true ? await editedBody(given, io) : given;
  if (!body.ok) return body;
  const next = (): Webhook => {
    // What could be built once can be built again.
    const another = make?.();
    return another?.ok === true ? another.webhook : body.webhook;
  };
  return { ...body, next };
}

/** Null where the tampering asked for is none on this platform. */
async function sendAll(first: GoodBody, work: Work, session: Session): Promise<readonly Sent[] | null> {
  const { kind, channel, flags } = work;
  const signer = { definition: kind.definition, config: channel.adapter, tamper: flags.tamper };
  if ((await signed(first.webhook, signer)) === null) return null;
  const about = await aboutOf(work);
  if (about !== null) session.note('It speaks of a message: a text is sent first, and it is that one.');
  return eachAtPace(flags.count, flags.rate, async index => {
    const other = about === null ? null : await afterText(about, work);
    const webhook = other ?? (index === 0 ? first.webhook : first.next());
    await note(webhook, work);
    const posts: Posted[] = [];
    let events: Sent['events'] = [];
    for (let copy = 0; copy < flags.duplicate; copy++) {
      // Signed anew each time, as platforms do when they repeat a webhook.
      const ready = await signed(webhook, signer);
      if (ready === null) continue;
      if (copy === 0) events = eventsIn(ready, work);
      posts.push(await post(work.hub.http, urlOf(work), ready));
    }
    return { posts, events };
  });
}

/** What has to be said before what was asked for; null where nothing has to, or its body was made by hand. */
async function aboutOf(work: Work): Promise<SpokenOf | null> {
  const { kind, channel, flags } = work;
  if (kind.trigger === null || flags.edit === true || flags.tamper !== undefined) return null;
  for (const some of SOME_MESSAGES) {
    const made = bodyMaker(kind.trigger, channel, { ...flags.set, to: some })();
    const ready = made.ok ? await signedWell(made.webhook, work) : null;
    const about = ready === null ? null : spokenOf(kind, flags.set, eventsIn(ready, work), some);
    if (about !== null) return about;
  }
  return null;
}

/** Says the text, and makes the webhook that speaks of it; null where it cannot. */
async function afterText(about: SpokenOf, work: Work): Promise<Webhook | null> {
  const { kind, channel, hub } = work;
  const text = bodyMaker(about.trigger, channel, about.params, playedAt(channel, kind, hub))();
  const ready = text.ok ? await signedWell(text.webhook, work) : null;
  if (!text.ok || ready === null || kind.trigger === null) return null;
  const params = about.paramsFor(eventsIn(ready, work));
  if (params === null) return null;
  await note(text.webhook, work);
  await post(hub.http, urlOf(work), ready);
  const made = bodyMaker(kind.trigger, channel, params, playedAt(channel, kind, hub))();
  return made.ok ? made.webhook : null;
}

const signedWell = (webhook: Webhook, { kind, channel }: Work): Promise<Signed | null> =>
  signed(webhook, { definition: kind.definition, config: channel.adapter, tamper: undefined });

const urlOf = ({ hub, channel }: Work): string => `${hub.url}/webhooks/${channel.id}`;

/** The platform of ours remembers what was said there, as who wrote and which files there are. */
async function note({ body, contentType }: Webhook, { hub, channel, kind, flags }: Work): Promise<void> {
  if (!isPlayed(channel, kind) || hub.sandboxUrl === null || flags.tamper !== undefined) return;
  const signal = AbortSignal.timeout(5_000);
  const url = `${hub.sandboxUrl}/_sandbox/note?account=${encodeURIComponent(channel.id)}`;
  // Without it the platform believes a stranger: the webhook goes its way either way.
  await hub.http.request({ method: 'POST', url, headers: { 'content-type': contentType }, body, signal });
}

const playedAt = (channel: ChannelConfig, kind: Kind, hub: HubClient | null): string | undefined =>
  isPlayed(channel, kind) && typeof hub?.sandboxUrl === 'string'
    ? `${hub.sandboxUrl}/${channel.type}/${channel.id}`
    : undefined;

/** As the hub will read it, with the headers it keeps. */
function eventsIn({ body, headers }: Signed, { kind, channel }: Work): Sent['events'] {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]] as const);
  const kept = keptHeaders(Object.fromEntries(named));
  const request: WebhookRequest = { method: 'POST', query: {}, headers: kept, body };
  const { tenant, id, adapter } = channel;
  const read = eventsOf(kind.definition, adapter, request, { tenant, id });
  return typeof read === 'string' ? [{ kind: 'unreadable', reason: read, at: '' }] : read;
}

async function reportOf(sent: readonly Sent[], before: Books, work: Work): Promise<Report> {
  const { channel, kind, flags, hub } = work;
  const taken = sent.filter(({ posts }) => posts.some(isTaken));
  const wanted = flags.wait ? taken.flatMap(({ events }) => idsIn(events)) : [];
  const since = Math.min(...sent.flatMap(({ posts }) => posts.map(({ at }) => at)));
  const following = {
    hub,
    channel: channel.id,
    since,
    deadline: performance.now() + flags.timeout * 1_000,
    played: isPlayed(channel, kind) && hub.sandboxUrl !== null,
    receipts: kind.definition.capabilities.proof === 'receipt',
  };
  const journeys: readonly Journey[] = await inBatches(wanted, id => follow(id, following));
  const isQuarantine =
    flags.wait && taken.some(({ events }) => events.some(event => event.kind === 'unreadable'));
  const quarantined = isQuarantine ? await quarantinedSince(hub, channel.id, before.accepted, since) : [];
  const after = flags.wait && flags.duplicate > 1 ? await booksOf(hub) : null;
  return {
    kind: kind.name,
    channel: channel.id,
    path: `/webhooks/${channel.id}`,
    tamper: flags.tamper ?? null,
    waited: flags.wait,
    sent,
    journeys,
    quarantined,
    duplicates: after?.kind === 'books' ? after.books.duplicates - before.duplicates : null,
  };
}

/** Of messages: what else a webhook says has no journey. */
const idsIn = (events: Sent['events']): readonly string[] =>
  events.flatMap(event => (event.kind === 'message' ? [event.message.id] : []));

interface Books {
  readonly accepted: number;
  readonly duplicates: number;
}

type AskedBooks =
  | { readonly kind: 'books'; readonly books: Books }
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'refused'; readonly asked: Parameters<typeof tellRefused>[1] };

async function booksOf(hub: HubClient): Promise<AskedBooks> {
  const asked = await hub.ask('/v1/ledger');
  if (asked.kind === 'unreachable') return asked;
  if (asked.status !== 200) return { kind: 'refused', asked };
  // Our own hub's answer.
  const { inbound, duplicates } = asked.body as { inbound: { accepted: number }; duplicates: number };
  return { kind: 'books', books: { accepted: inbound.accepted, duplicates } };
}
