/** What we say, as calls of the Web API. https://docs.slack.dev/reference/methods */
import type { KnownBlock } from '@slack/web-api';
import type { Media, OutboundContent } from '../../message/content.ts';
import { assertNever, type JsonObject, type JsonValue } from '../../message/json.ts';
import type { OutboundMessage } from '../../message/message.ts';
import { type Loss, type Rendering, Unsayable } from '../channel.ts';
import { asId, asObject, compact } from '../json.ts';
import { escapeEntities } from '../markdown/literal.ts';
import type { Piece } from '../piece.ts';
import { plan } from '../plan.ts';
import { shorten } from '../text.ts';
import { withoutUnshowable } from '../unshowable.ts';
import { altFallback, buttons, header, image, menu, section, showable } from './blocks.ts';
import { capabilities } from './capabilities.ts';
import type { SlackConfig } from './config.ts';
import { mrkdwn } from './dialect.ts';
import { emojiName } from './emoji.ts';
import { splitId } from './ids.ts';

/** One call: the method and its arguments, without the token. */
export type Wire = {
  readonly method: string;
  readonly arguments: JsonObject;
  /** A file the hub keeps, to be uploaded first. */
  readonly upload?: string;
};

/** What a notification shows of choices without a text. */
const MAX_FALLBACK = 500;

const style = { platform: 'slack', capabilities, dialect: mrkdwn } as const;

/** `uploads`: what the hub keeps can be sent. */
export function renderer(
  send: SlackConfig['send'],
  uploads = false,
): (message: OutboundMessage) => Rendering<Wire> {
  return message => {
    const sharing = uploads ? sharingOf(message.content) : undefined;
    if (sharing !== undefined) return share(sharing, message, renderer(send));
    const [content, lost] = withoutUnshowable(message.content, 'slack', showable);
    const { pieces, losses } = plan({ ...message, content }, style);
    const target = targetOf(message);
    const wires = pieces.map(piece => wireOf(piece, target, send));
    const told = [...lost, ...losses];
    return { wires, losses: wires.length === 0 && told.length === 0 ? NOTHING_SAID : told };
  };
}

interface Sharing {
  readonly id: string;
  readonly media: Media;
  /** What is said beside the file. */
  readonly rest: OutboundContent | undefined;
}

function sharingOf(content: OutboundContent): Sharing | undefined {
  const media =
    content.kind === 'media' ? content.media : content.kind === 'card' ? content.image : undefined;
  if (media?.source.kind !== 'stored') return undefined;
  const { id } = media.source;
  if (content.kind === 'card') {
    const { image: _, ...rest } = content;
    return { id, media, rest };
  }
  const caption = content.kind === 'media' ? said(content.caption) : undefined;
  return { id, media, rest: caption === undefined ? undefined : { kind: 'text', text: caption } };
}

/** A file goes by itself; a caption that is one text goes with it, everything else after it. */
function share(
  { id, media, rest }: Sharing,
  message: OutboundMessage,
  render: (message: OutboundMessage) => Rendering<Wire>,
): Rendering<Wire> {
  const { channel, ...thread } = targetOf(message);
  const after = rest === undefined ? { wires: [], losses: [] } : render({ ...message, content: rest });
  const [first, ...others] = after.wires;
  const comment = rest?.kind === 'text' && others.length === 0 ? asId(first?.arguments.text) : undefined;
  const file: Wire = {
    method: 'files.completeUploadExternal',
    arguments: compact({
      channel_id: channel,
      ...thread,
      initial_comment: comment,
      files: [compact({ title: media.name?.toWellFormed() })],
    }),
    upload: id,
  };
  return { wires: [file, ...(comment === undefined ? after.wires : [])], losses: after.losses };
}

const NOTHING_SAID: readonly Loss[] = [
  { what: 'text', why: 'it says nothing; Slack refuses empty messages' },
];

type Target = { readonly channel: string; readonly thread_ts?: string };

/** Slack's only way to answer one message is its thread. */
function targetOf({ address, replyTo }: OutboundMessage): Target {
  const thread = address.thread ?? (replyTo === undefined ? undefined : splitId(replyTo)?.ts);
  return compact({ channel: address.conversation, thread_ts: thread });
}

function wireOf(piece: Piece, target: Target, send: SlackConfig['send']): Wire {
  switch (piece.kind) {
    case 'text':
      return post(target, send, piece.text);
    case 'media':
      return post(target, send, said(piece.caption) ?? altFallback(piece.media), [
        ...sections(piece.caption),
        image(piece.media),
      ]);
    case 'buttons':
    case 'list': {
      const offer = piece.kind === 'list' ? menu(piece.choices) : buttons(piece.choices);
      const fallback =
        said(piece.text) ??
        escapeEntities(shorten(piece.choices.map(choice => choice.label).join(', '), MAX_FALLBACK));
      return post(target, send, fallback, [...sections(piece.text), offer]);
    }
    case 'card':
      return card(piece, target, send);
    case 'edit':
      // Without `blocks: []` the buttons of the message before would stay below the new words.
      return {
        method: 'chat.update',
        arguments: { ...messageOf(piece.target), ...words(piece.text), blocks: [] },
      };
    case 'deletion':
      return { method: 'chat.delete', arguments: messageOf(piece.target) };
    case 'reaction':
      return reaction(piece);
    case 'native':
      return native(piece.body, target);
    case 'location':
    case 'contacts':
    case 'template':
    case 'typing':
    case 'read':
      // The planner keeps these from us: the capabilities say that Slack has none of them.
      throw new Unsayable(`Slack has no ${piece.kind}`);
    default:
      return assertNever(piece);
  }
}

/**
 * `parse` and `link_names` off, said on every call: nothing but what we wrote as a link or a mention is one.
 * `chat.update` would otherwise go looking for them. https://docs.slack.dev/reference/methods/chat.update
 */
const words = (text: string) => ({ text, parse: 'none', link_names: false }) as const;

/** `text` goes along with blocks: it is what notifications and screen readers say. */
function post(target: Target, send: SlackConfig['send'], text: string, blocks?: readonly KnownBlock[]): Wire {
  const unfurl = { unfurl_links: send.unfurl_links, unfurl_media: send.unfurl_links };
  return {
    method: 'chat.postMessage',
    arguments: compact({ ...target, ...words(text), ...unfurl, blocks: blocks && asJson(blocks) }),
  };
}

/** The seam between Slack's types, which are interfaces without an index signature, and plain JSON, which they are. */
const asJson = (blocks: readonly KnownBlock[]): JsonValue => blocks as unknown as JsonValue;

/** A text, unless it says nothing: Slack refuses empty ones. */
const said = (text: string | undefined): string | undefined => (text?.trim() ? text : undefined);

const sections = (text: string | undefined): readonly KnownBlock[] =>
  said(text) === undefined ? [] : [section(text ?? '')];

function card(piece: Extract<Piece, { kind: 'card' }>, target: Target, send: SlackConfig['send']): Wire {
  const blocks: readonly KnownBlock[] = [
    header(piece.title),
    ...(piece.image === undefined ? [] : [image(piece.image)]),
    ...sections(piece.text),
    ...(piece.choices.length === 0 ? [] : [buttons(piece.choices)]),
  ];
  return post(
    target,
    send,
    [escapeEntities(piece.title), said(piece.text)].filter(Boolean).join('\n'),
    blocks,
  );
}

function messageOf(target: string): { readonly channel: string; readonly ts: string } {
  const message = splitId(target);
  if (message === undefined) throw new Unsayable('the target is not the id of a Slack message');
  return message;
}

function reaction({ emoji, target, removed }: Extract<Piece, { kind: 'reaction' }>): Wire {
  const { channel, ts } = messageOf(target);
  const name = emojiName(emoji);
  if (name === undefined)
    throw new Unsayable('Slack needs the name of a reaction, and none is known for this one');
  return {
    method: removed ? 'reactions.remove' : 'reactions.add',
    arguments: { channel, timestamp: ts, name },
  };
}

const METHOD = /^[a-z][A-Za-z]*(?:\.[a-z][A-Za-z0-9]*){1,4}$/;

/**
 * Any method of the Web API. A token of its own would be written down with the message, so it is refused; so is
 * the SDK's `files.uploadV2`, which is no method but reads files of this machine.
 */
function native(body: JsonObject, target: Target): Wire {
  const method = asId(body.method);
  const given = asObject(body.arguments) ?? {};
  if (method === undefined || !METHOD.test(method))
    throw new Unsayable('a native message names a method of the Web API');
  if (method === 'files.uploadV2') throw new Unsayable('files.uploadV2 is not a method of the Web API');
  if (Object.hasOwn(given, 'token')) throw new Unsayable('a native message brings no token of its own');
  const filled =
    method === 'chat.postMessage' && given.channel === undefined ? { ...target, ...given } : given;
  return { method, arguments: filled };
}
