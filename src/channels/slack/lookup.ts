/**
 * Did an ambiguous send arrive? The conversation's history since then holds our marker, or does not. Needs the
 * scope `channels:history` (`groups:`, `im:`, `mpim:` for the other kinds of conversation).
 * https://docs.slack.dev/reference/methods/conversations.history
 */
import { FAULTS } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import type { Lookup, SendContext } from '../channel.ts';
import { asId, asObject, asObjects } from '../json.ts';
import { type Answered, readAnswer } from './answer.ts';
import type { Call } from './client.ts';
import { isTs, messageId } from './ids.ts';
import { markerOf } from './own.ts';
import type { Wire } from './render.ts';

type LookupContext = SendContext & { readonly since: number };

/** Doing these twice comes to the same as once, so there is nothing to find out. */
const REPEATABLE = new Set(['chat.update', 'chat.delete', 'reactions.add', 'reactions.remove']);

const REPEAT: Lookup = {
  found: null,
  repeatable: true,
  detail: 'done twice it comes to the same as once',
};

/** Our clock and Slack's may differ; the marker is unique, so looking further back finds nothing false. */
const CLOCK_DIFFERENCE_MS = 300_000;
const PAGE = 100;
const MAX_PAGES = 5;
const MAX_PAGE_BYTES = 8_000_000;

type Ask = (method: string, args: JsonObject) => Promise<Answered>;

export function searcher(
  call: Call,
  now: () => number,
): (wire: Wire, context: LookupContext) => Promise<Lookup> {
  return async ({ method, arguments: args }, { marker, since, signal }) => {
    if (REPEATABLE.has(method)) return REPEAT;
    if (method !== 'chat.postMessage' || args.metadata !== undefined)
      return unknown(`${method} leaves no marker`);
    const ask: Ask = async (name, more) =>
      readAnswer(name, await call(name, more, { signal, maxResponseBytes: MAX_PAGE_BYTES }), now());
    const channel = await channelId(asId(args.channel) ?? '', ask);
    if (typeof channel !== 'string') return channel;
    const oldest = ((since - CLOCK_DIFFERENCE_MS) / 1_000).toFixed(6);
    const base = { channel, oldest, limit: PAGE, include_all_metadata: true };
    const thread = asId(args.thread_ts);
    return thread === undefined
      ? search('conversations.history', base, marker, ask)
      : search('conversations.replies', { ...base, ts: thread }, marker, ask);
  };
}

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
