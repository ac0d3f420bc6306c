/** How Messenger says it: each piece of the plan becomes one call. Pure; refuses only what no call can carry. */
import { assertNever, type JsonObject } from '../../message/json.ts';
import type { OutboundMessage } from '../../message/message.ts';
import { type Loss, type Rendering, Unsayable } from '../channel.ts';
import { asId, asObject } from '../json.ts';
import { isEmoji } from '../meta/emoji.ts';
import { storedIn } from '../meta/upload.ts';
import type { Piece } from '../piece.ts';
import { plan } from '../plan.ts';
import { isPerson } from './addresses.ts';
import {
  buttonTemplate,
  cardMessage,
  mediaMessage,
  quickReplies,
  templateMessage,
  textMessage,
} from './bodies.ts';
import { capabilities, withButtons } from './capabilities.ts';
import { dialect } from './dialect.ts';
import { midOf } from './ids.ts';
import { prepare, wantsButtons } from './prepare.ts';
import { type MessengerWire, messageWire, type Outgoing, type SendOptions, signalWire } from './wire.ts';

/** What a rendering fills. */
interface Draft {
  readonly wires: MessengerWire[];
  readonly losses: Loss[];
}

export const renderer =
  (options: SendOptions, uploads = false) =>
  (message: OutboundMessage): Rendering<MessengerWire> => {
    const { contents, losses } = prepare(message.content, uploads);
    const draft: Draft = { wires: [], losses: [...losses] };
    for (const content of contents) {
      const style = {
        platform: 'messenger',
        capabilities: wantsButtons(content) ? withButtons : capabilities,
        dialect,
      };
      const planned = plan({ ...message, content }, style);
      draft.losses.push(...planned.losses);
      for (const piece of planned.pieces) {
        // Only the first of several quotes; the others follow it anyway.
        const replyTo = draft.wires.length === 0 ? message.replyTo : undefined;
        say(piece, { conversation: message.address.conversation, replyTo, options }, draft);
      }
    }
    if (draft.wires.length === 0 && draft.losses.length === 0)
      draft.losses.push({ what: message.content.kind, why: 'there is nothing in it to say' });
    return { losses: draft.losses, wires: uploads ? draft.wires.map(withUploads) : draft.wires };
  };

/** A native body is the writer's own, and names nothing of ours. */
function withUploads(wire: MessengerWire): MessengerWire {
  const stored = storedIn(asObject(wire.body.message)?.attachment);
  return stored.length === 0 ? wire : { ...wire, uploads: stored };
}

function say(piece: Piece, to: Outgoing, { wires, losses }: Draft): void {
  switch (piece.kind) {
    case 'typing':
    case 'read':
    case 'reaction': {
      const signal = signalOf(piece, to.conversation);
      if (isPerson(to.conversation)) wires.push(signal);
      else losses.push({ what: piece.kind, why: 'only a person with an open conversation would see it' });
      return;
    }
    case 'template':
      wires.push(messageWire(to, templateMessage(piece.template), { messaging_type: 'UTILITY' }));
      return;
    case 'native':
      wires.push(nativeWire(piece.body, to));
      return;
    default:
      wires.push(messageWire(to, messageOf(piece)));
  }
}

type Shown = Exclude<Piece, { kind: 'typing' | 'read' | 'reaction' | 'template' | 'native' }>;

function messageOf(piece: Shown): JsonObject {
  switch (piece.kind) {
    case 'text':
      return textMessage(piece.text);
    case 'media':
      return mediaMessage(piece.media);
    case 'buttons':
      return piece.choices.some(choice => choice.url !== undefined)
        ? buttonTemplate(piece.text, piece.choices)
        : quickReplies(piece.text, piece.choices);
    case 'card':
      return cardMessage(piece);
    case 'location':
    case 'contacts':
    case 'list':
    case 'edit':
    case 'deletion':
      throw new Unsayable(`Messenger has no ${piece.kind} of a page`);
    default:
      return assertNever(piece);
  }
}

/** Read marks are about the whole conversation; typing ends by itself after a while. */
function signalOf(
  piece: Extract<Piece, { kind: 'typing' | 'read' | 'reaction' }>,
  conversation: string,
): MessengerWire {
  switch (piece.kind) {
    case 'typing':
      return signalWire(conversation, piece.active ? 'typing_on' : 'typing_off');
    case 'read':
      return signalWire(conversation, 'mark_seen');
    case 'reaction': {
      const target = { message_id: midOf(piece.target) };
      if (piece.removed) return signalWire(conversation, 'unreact', { payload: target });
      if (!isEmoji(piece.emoji))
        throw new Unsayable('a Messenger reaction is an emoji character, not its name');
      return signalWire(conversation, 'react', { payload: { ...target, reaction: piece.emoji } });
    }
  }
}

/** What the hub decides, whoever wrote the rest. */
const OURS = ['recipient', 'message', 'sender_action'];

/** Any body of the messages call, without its recipient. */
function nativeWire(body: JsonObject, to: Outgoing): MessengerWire {
  const more = Object.fromEntries(Object.entries(body).filter(([name]) => !OURS.includes(name)));
  const action = asId(body.sender_action);
  if (action !== undefined) return signalWire(to.conversation, action, more);
  const message = asObject(body.message);
  if (message === undefined)
    throw new Unsayable('a native Messenger message needs a message or a sender_action');
  const { metadata: _metadata, ...said } = message;
  return messageWire(to, said, more);
}
