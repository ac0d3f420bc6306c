/** What we say, as calls of the Bot Connector. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference */
import type { OutboundContent } from '../../message/content.ts';
import { assertNever, type JsonObject } from '../../message/json.ts';
import type { Address, OutboundMessage } from '../../message/message.ts';
import { type Loss, type Rendering, Unsayable } from '../channel.ts';
import { asObject, compact } from '../json.ts';
import type { Piece } from '../piece.ts';
import { plan } from '../plan.ts';
import { withoutUnshowable } from '../unshowable.ts';
import { capabilities } from './capabilities.ts';
import { adaptiveCard, button, imageBlock, menu, showable, textBlock, titleBlock } from './cards.ts';
import { teamsMarkdown, withLineBreaks } from './dialect.ts';
import { conversationId, isChannel, splitId } from './ids.ts';
import { withPlaces } from './kept.ts';

/** One call: where it goes below the Connector's address, and with what. */
export type Wire = {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** The conversation the answer's id belongs to; absent where the answer names it. */
  readonly conversation?: string;
  /** The Connector's address as Teams told it; the channel's own where absent. */
  readonly route?: string;
  readonly body?: JsonObject;
  /** The file of the hub whose address is filled in when this is sent. */
  readonly kept?: string;
};

const style = { platform: 'teams', capabilities, dialect: teamsMarkdown } as const;

/** `reachable`: whether files the hub keeps have an address for others. */
export function renderer(appId: string, reachable = false): (message: OutboundMessage) => Rendering<Wire> {
  return message => {
    const file = reachable ? withPlaces(message.content) : { content: message.content };
    const [content, lost] = withoutUnshowable(file.content, 'teams', showable);
    const { pieces, losses } = plan({ ...message, content }, style);
    const wires = pieces
      .flatMap(piece => wireOf(piece, message, appId))
      .map(wire => compact({ ...wire, kept: file.id }));
    const told = [...lost, ...losses];
    return { wires, losses: wires.length === 0 && told.length === 0 ? nothingSaid(content) : told };
  };
}

const nothingSaid = ({ kind }: OutboundContent): readonly Loss[] =>
  kind === 'typing'
    ? [{ what: 'typing', why: 'it ends by itself after some seconds' }]
    : [{ what: 'text', why: 'it says nothing' }];

function wireOf(piece: Piece, message: OutboundMessage, appId: string): readonly Wire[] {
  const post = (activity: JsonObject): readonly Wire[] => [postTo(message, activity, appId)];
  switch (piece.kind) {
    case 'text':
      return post(words(piece.text));
    case 'media':
      return post(picture(piece));
    case 'buttons':
      return post(cardOf(blocks(piece.text), piece.choices.map(button)));
    case 'list': {
      const { input, action } = menu(piece.choices);
      return post(cardOf([...blocks(piece.text), input], [action]));
    }
    case 'card':
      return post(card(piece));
    case 'typing':
      return piece.active ? post({ type: 'typing' }) : [];
    case 'edit':
      return [{ ...changeOf('PUT', piece.target, message.address), body: words(piece.text) }];
    case 'deletion':
      return [changeOf('DELETE', piece.target, message.address)];
    case 'native':
      return [native(piece.body, message, appId)];
    case 'location':
    case 'contacts':
    case 'template':
    case 'reaction':
    case 'read':
      // The planner keeps these from us: the capabilities say that Teams has none of them.
      throw new Unsayable(`Teams has no ${piece.kind}`);
    default:
      return assertNever(piece);
  }
}

const activities = (conversation: string): string =>
  `v3/conversations/${encodeURIComponent(conversation)}/activities`;

/**
 * A message of our own. What answers a message goes to that message: in a channel, into its thread.
 * https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#reply-to-activity
 */
function postTo({ address, replyTo }: OutboundMessage, activity: JsonObject, appId: string): Wire {
  const answered = replyTo === undefined ? undefined : splitId(replyTo);
  const target = answered?.conversation === address.conversation ? answered.activity : undefined;
  const opensThread = address.thread === undefined && target !== undefined && isChannel(address.conversation);
  const id = conversationId(opensThread ? { ...address, thread: target } : address);
  return compact({
    method: 'POST' as const,
    path: target === undefined ? activities(id) : `${activities(id)}/${encodeURIComponent(target)}`,
    conversation: address.conversation,
    route: address.route,
    body: compact({ ...activity, from: { id: `28:${appId}` }, conversation: { id }, replyToId: target }),
  });
}

/** Only our own messages can be changed; whose it is, Teams knows. */
function changeOf(method: 'PUT' | 'DELETE', target: string, address: Address): Wire {
  const message = splitId(target);
  if (message === undefined) throw new Unsayable('the target is not the id of a Teams message');
  const isHere = message.conversation === address.conversation;
  const id = isHere ? conversationId(address) : message.conversation;
  return compact({
    method,
    path: `${activities(id)}/${encodeURIComponent(message.activity)}`,
    conversation: message.conversation,
    route: address.route,
  });
}

const words = (text: string): JsonObject => ({
  type: 'message',
  text: withLineBreaks(text),
  textFormat: 'markdown',
});

const cardOf = (body: readonly JsonObject[], actions: readonly JsonObject[] = []): JsonObject => ({
  type: 'message',
  attachments: [adaptiveCard(body, actions)],
});

const blocks = (text: string | undefined): readonly JsonObject[] =>
  text === undefined || text.trim() === '' ? [] : [textBlock(withLineBreaks(text))];

/** With words below it a picture is a card: Teams would make two messages of a text and an attachment. */
function picture({ media, caption }: Extract<Piece, { kind: 'media' }>): JsonObject {
  if (caption !== undefined || media.mimeType === undefined || media.source.kind !== 'url')
    return cardOf([imageBlock(media), ...blocks(caption)]);
  const { mimeType, name, source } = media;
  const attachment = compact({ contentType: mimeType.toLowerCase(), contentUrl: source.url, name });
  return { type: 'message', attachments: [attachment] };
}

function card({ title, text, image, choices }: Extract<Piece, { kind: 'card' }>): JsonObject {
  const body = [
    titleBlock(teamsMarkdown.escape(title)),
    ...(image === undefined ? [] : [imageBlock(image)]),
    ...blocks(text),
  ];
  return cardOf(body, choices.map(button));
}

/**
 * Any activity, or a new conversation (with a person, or a thread in a channel) by the Connector's own parameters.
 * https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#create-conversation
 */
function native(body: JsonObject, message: OutboundMessage, appId: string): Wire {
  const activity = asObject(body.activity);
  if (activity !== undefined) return postTo(message, { type: 'message', ...activity }, appId);
  const parameters = asObject(body.conversation);
  if (parameters === undefined)
    throw new Unsayable('a native message is an activity, or the parameters of a new conversation');
  const { route } = message.address;
  const bot = { id: `28:${appId}` };
  return compact({ method: 'POST' as const, path: 'v3/conversations', route, body: { bot, ...parameters } });
}

/**
 * A change, a deletion, a sign of typing; but not the `typing` with words that an answer is streamed by.
 * https://learn.microsoft.com/en-us/microsoftteams/platform/bots/streaming-ux
 */
export const repeatable = ({ method, body }: Wire): boolean =>
  method !== 'POST' || (body?.type === 'typing' && body.text === undefined && body.entities === undefined);
