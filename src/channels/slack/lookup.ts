/**
 * Did an ambiguous send arrive? The conversation's history since then holds our marker, or does not. Needs the
 * scope `channels:history` (`groups:`, `im:`, `mpim:` for the other kinds of conversation).
 * https://docs.slack.dev/reference/methods/conversations.history
 */
import { FAULTS } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import type { Lookup, SendContext } from '../channel.ts';
import type { HttpOutcome } from '../http.ts';
import { asId, asObject, asObjects } from '../json.ts';
import { type Answered, readAnswer } from './answer.ts';
import type { Call } from './client.ts';
import { isTs, messageId } from './ids.ts';
import { markerOf } from './own.ts';
import type { Wire } from './render.ts';

type LookupContext = SendContext & { readonly since: number };

const TWICE_AS_ONCE = new Set(['chat.update', 'chat.delete', 'reactions.add', 'reactions.remove']);

/** Doing these twice comes to the same as once, so there is nothing to find out. */
export const repeatable = ({ method }: Wire): boolean => TWICE_AS_ONCE.has(method);

/** The marker is unique, so looking further back finds nothing false. */
const FURTHER_BACK_MS = 300_000;
/** Our clock may be this much ahead of Slack's without a second look. */
const CLOCK_AHEAD_MS = 60_000;
const PAGED = { limit: 100, include_all_metadata: true };
const MAX_PAGES = 5;
const MAX_PAGE_BYTES = 8_000_000;

type Ask = (method: string, args: JsonObject) => Promise<Answered>;

export function searcher(
  call: Call,
  now: () => number,
): (wire: Wire, context: LookupContext) => Promise<Lookup> {
  return async ({ method, arguments: args }, { marker, since, signal }) => {
    if (method !== 'chat.postMessage' || args.metadata !== undefined)
      return unknown(`${method} leaves no marker`);
    let aheadMs = Number.NaN;
    const ask: Ask = async (name, more) => {
      const outcome = await call(name, more, { signal, maxResponseBytes: MAX_PAGE_BYTES });
      aheadMs = ahead(outcome, now());
      return readAnswer(name, outcome, now());
    };
    const channel = await channelId(asId(args.channel) ?? '', ask);
    if (typeof channel !== 'string') return channel;
    const thread = asId(args.thread_ts);
    const [history, of] =
      thread === undefined
        ? (['conversations.history', { channel }] as const)
        : (['conversations.replies', { channel, ts: thread }] as const);
    const look = (fromMs: number): Promise<Lookup> =>
      search(history, { ...of, oldest: seconds(fromMs), ...PAGED }, marker, ask);
    const found = await look(since - FURTHER_BACK_MS);
    if (found.found !== false || aheadMs <= CLOCK_AHEAD_MS) return found;
    // Slack stamps messages by its own clock, and by that we looked at too short a time.
    return Number.isNaN(aheadMs) ? unknown(NO_TIME) : look(since - FURTHER_BACK_MS - aheadMs);
  };
}

/** How far our clock is ahead of Slack's; not a number where the answer does not tell. */
const ahead = (outcome: HttpOutcome | null, nowMs: number): number =>
  outcome?.kind === 'response' ? nowMs - Date.parse(outcome.headers.date ?? '') : Number.NaN;

const seconds = (ms: number): string => (Math.max(0, ms) / 1_000).toFixed(6);

async function search(
  method: string,
  args: JsonObject & { readonly channel: string },
  marker: string,
  ask: Ask,
): Promise<Lookup> {
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answered = await ask(method, cursor === undefined ? args : { ...args, cursor });
    if (answered.kind !== 'ok') return noHistory(answered, method);
    const { messages, has_more, response_metadata } = answered.result;
    if (!Array.isArray(messages)) return unknown(`${method} gave no messages`);
    const ts = findMarker(answered.result, marker);
    if (ts !== undefined) return { found: true, platformId: messageId(args.channel, ts) };
    cursor = asId(asObject(response_metadata)?.next_cursor);
    if (cursor === undefined) return has_more === true ? unknown(TOO_LONG) : { found: false };
  }
  return unknown(TOO_LONG);
}

const NO_TIME = 'the answer did not say what time it is at Slack';
const TOO_LONG = 'the history since then is too long to be read whole';

const unknown = (detail: string): Extract<Lookup, { found: null }> => ({ found: null, detail });

/** Asking changes nothing, so whatever was no clear refusal is worth another try. */
function noHistory(answered: Answered, method: string): Extract<Lookup, { found: null }> {
  if (answered.kind !== 'fault') return unknown(`${method} gave no history`);
  const { code, detail } = answered.fault;
  const { class: kind, breaker } = FAULTS[code];
  return { found: null, detail, again: kind !== 'final' && breaker !== 'opens' };
}

/** A message sent to a person went to our direct messages with them, whose id the history wants. */
async function channelId(conversation: string, ask: Ask): Promise<string | Extract<Lookup, { found: null }>> {
  if (!/^[UW]/.test(conversation)) return conversation;
  const method = 'conversations.open';
  const answered = await ask(method, { users: conversation, prevent_creation: true });
  const id = answered.kind === 'ok' ? asId(asObject(answered.result.channel)?.id) : undefined;
  return id ?? noHistory(answered, method);
}

function findMarker(result: JsonObject, marker: string): string | undefined {
  const message = asObjects(result.messages).find(one => markerOf(one) === marker);
  const ts = asId(message?.ts);
  return isTs(ts) ? ts : undefined;
}
