/** `chat.*`. https://docs.slack.dev/reference/methods/chat.postMessage */
import { asId, asList, asObject, asText, compact } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import type { Consequence } from '../platform.ts';
import { type Api, conversation, isTs, markerOf, taken } from './api.ts';
import { type BlockError, checkBlocks, wordsOf } from './blocks.ts';
import { type Arguments, isTrue, type Method, type Outcome, type Refused, refused } from './calls.ts';
import { channelType, envelope, jsonWebhook } from './event.ts';

const MAX_TEXT = 40_000;
const MAX_UPDATE_TEXT = 4_000;
const MAX_MARKDOWN = 12_000;
/** Undocumented; seen between 12,000 and 13,200. */
const MAX_BLOCK_TEXT = 13_200;
const MAX_BLOCKS = 50;
const MAX_ATTACHMENTS = 100;

export function chatMethods(api: Api): Readonly<Record<string, Method>> {
  return {
    'chat.postMessage': args => post(args, api),
    'chat.postEphemeral': args => postEphemeral(args, api),
    'chat.update': args => update(args, api),
    'chat.delete': args => remove(args, api),
    'chat.getPermalink': args => permalink(args, api),
  };
}

/** The words and blocks of a call, or what is wrong with them. */
function contentOf(args: Arguments, maxText: number): { readonly content: JsonObject } | Refused {
  const wrong =
    lengths(args, maxText) ?? blockErrors(checkBlocks(args.blocks, MAX_BLOCKS)) ?? metadataError(args);
  if (wrong !== null) return wrong;
  const words = wordsOf(args.blocks);
  if (words.join('').length > MAX_BLOCK_TEXT) return refused('msg_blocks_too_long');
  const text = asText(args.text) ?? asText(args.markdown_text);
  const empty = (text ?? '').trim() === '' && asList(args.blocks).length === 0;
  if (empty && asList(args.attachments).length === 0) return refused('no_text');
  const content = compact({
    type: 'message',
    // Slack cuts what is longer.
    text: (text ?? '').slice(0, MAX_TEXT),
    blocks: args.blocks,
    attachments: args.attachments,
    metadata: asObject(args.metadata),
  });
  return { content };
}

function lengths(args: Arguments, maxText: number): Refused | null {
  const markdown = asText(args.markdown_text);
  if (markdown !== undefined && (args.text !== undefined || args.blocks !== undefined))
    return refused('markdown_text_conflict');
  if ((markdown?.length ?? 0) > MAX_MARKDOWN) return refused('msg_too_long');
  // A post is cut, an edit refused.
  if (maxText < MAX_TEXT && (asText(args.text)?.length ?? 0) > maxText) return refused('msg_too_long');
  return asList(args.attachments).length > MAX_ATTACHMENTS ? refused('too_many_attachments') : null;
}

/** https://docs.slack.dev/reference/methods/chat.postMessage#errors: the first few, each with its place. */
export function blockErrors(errors: readonly BlockError[]): Refused | null {
  if (errors.length === 0) return null;
  const messages = errors.slice(0, 5).map(({ text, at }) => `[ERROR] ${text} [json-pointer:${at}]`);
  return refused('invalid_blocks', {
    errors: errors.map(({ text }) => text),
    response_metadata: { messages },
  });
}

function metadataError({ metadata }: Arguments): Refused | null {
  if (metadata === undefined) return null;
  const found = asObject(metadata);
  const fits = asId(found?.event_type) !== undefined && asObject(found?.event_payload) !== undefined;
  return fits ? null : refused('invalid_metadata_format');
}

function post(args: Arguments, api: Api): Outcome {
  const { context, self, known } = api;
  const at = conversation(api, args);
  if ('error' in at) return at;
  const thread = asId(args.thread_ts);
  if (thread !== undefined && !isTs(thread)) return refused('invalid_thread_ts');
  const strange = thread !== undefined && known.find(at.id, thread) === undefined;
  if (strange && context.behaviour.strangers === 'refused') return refused('thread_not_found');
  const said = contentOf(args, MAX_TEXT);
  if ('error' in said) return said;
  const message: JsonObject = compact({
    ...said.content,
    user: self.botUserId,
    bot_id: self.botId,
    app_id: self.appId,
    team: self.teamId,
    bot_profile: { id: self.botId, app_id: self.appId, name: 'patchbay', team_id: self.teamId },
    thread_ts: thread,
    ...(isTrue(args.reply_broadcast) ? { subtype: 'thread_broadcast' } : {}),
  });
  const ts = known.post(at.id, message);
  const { metadata: _metadata, ...shown } = message;
  return {
    body: { channel: at.id, ts, message: { ...shown, ts } },
    taken: taken({
      platformId: `${at.id}:${ts}`,
      marker: markerOf(message),
      conversation: at.id,
      text: readable(args),
    }),
    webhooks: context.behaviour.echoes ? [echo(api, at.id, { ...shown, ts })] : [],
  };
}

/** Our own message comes back to us like anybody's, without its metadata. */
function echo({ self, context }: Api, channel: string, message: JsonObject): Consequence {
  const event = { ...message, channel, event_ts: message.ts ?? '', channel_type: channelType(channel) };
  const { now, random, behaviour } = context;
  const body = envelope(self, event, { now: now(), random });
  return { ...jsonWebhook(body), afterMs: behaviour.receiptMs, what: 'our own message' };
}

function postEphemeral(args: Arguments, api: Api): Outcome {
  const at = conversation(api, args);
  if ('error' in at) return at;
  const user = asId(args.user);
  if (user === undefined || !/^[UW][A-Z0-9]+$/.test(user)) return refused('user_not_in_channel');
  const said = contentOf(args, MAX_TEXT);
  if ('error' in said) return said;
  return {
    body: { message_ts: api.known.nextTs() },
    taken: taken({ conversation: at.id, text: readable(args) }),
  };
}

/** Only what we posted can be changed, and only while it is remembered. */
function ours(args: Arguments, api: Api, error: string) {
  const at = conversation(api, args);
  if ('error' in at) return at;
  const ts = asId(args.ts);
  const message = ts === undefined ? undefined : api.known.find(at.id, ts);
  if (ts === undefined || message === undefined) return refused('message_not_found');
  return message.app_id === api.self.appId ? { id: at.id, ts, message } : refused(error);
}

function update(args: Arguments, api: Api): Outcome {
  const found = ours(args, api, 'cant_update_message');
  if ('error' in found) return found;
  const said = contentOf(args, MAX_UPDATE_TEXT);
  if ('error' in said) return said;
  const { content } = said;
  const { id, ts, message } = found;
  const { blocks: _blocks, ...kept } = message;
  api.known.change(id, ts, { ...kept, ...content, edited: { user: api.self.botUserId, ts } });
  return {
    body: { channel: id, ts, text: content.text ?? '', message: { ...content, user: api.self.botUserId } },
    taken: taken({ platformId: `${id}:${ts}`, conversation: id, text: readable(args) }),
  };
}

function remove(args: Arguments, api: Api): Outcome {
  const found = ours(args, api, 'cant_delete_message');
  if ('error' in found) return found;
  const { id, ts } = found;
  api.known.remove(id, ts);
  return {
    body: { channel: id, ts },
    taken: taken({ platformId: `${id}:${ts}`, conversation: id, text: '(deleted)' }),
  };
}

function permalink(args: Arguments, api: Api): Outcome {
  const at = conversation(api, args);
  if ('error' in at) return at;
  const ts = asId(args.message_ts) ?? '';
  if (!isTs(ts)) return refused('message_not_found');
  const path = `archives/${at.id}/p${ts.replace('.', '')}`;
  return { body: { channel: at.id, permalink: `https://sandbox.slack.example/${path}` } };
}

/** What a person reads: the blocks where there are any. */
function readable(args: Arguments): string {
  const words = wordsOf(args.blocks);
  return words.length > 0 ? words.join('\n') : (asText(args.text) ?? asText(args.markdown_text) ?? '');
}
