/** How WhatsApp says it: each piece of the plan becomes one call. Pure; refuses only what no call can carry. */
import { assertNever, type JsonObject } from '../../message/json.ts';
import type { OutboundMessage } from '../../message/message.ts';
import type { Capabilities } from '../capabilities.ts';
import { type Loss, type Rendering, Unsayable } from '../channel.ts';
import { asId } from '../json.ts';
import { storedIn } from '../meta/upload.ts';
import type { Piece } from '../piece.ts';
import { plan } from '../plan.ts';
import { contactBodies, locationBody, mediaBody, reactionBody, templateBody, textBody } from './bodies.ts';
import { capabilities } from './capabilities.ts';
import { dialect } from './dialect.ts';
import { buttonsBody, cardBodies, listBody } from './menus.ts';
import { hasOneLink, prepare } from './prepare.ts';
import { messageWire, signalWire, type WhatsAppWire } from './wire.ts';

const withLink: Capabilities = { ...capabilities, choices: { ...capabilities.choices, links: 1 } };

/** `uploads`: what the hub keeps can be sent. */
export function render(message: OutboundMessage, uploads = false): Rendering<WhatsAppWire> {
  const { content, losses: before } = prepare(message.content, uploads);
  const style = {
    platform: 'whatsapp',
    capabilities: hasOneLink(content) ? withLink : capabilities,
    dialect,
  };
  const { pieces, losses: planned } = plan({ ...message, content }, style);
  const losses: Loss[] = [...before, ...planned];
  const wires: WhatsAppWire[] = [];
  for (const piece of pieces) wires.push(...wiresOf(piece, message, wires.length === 0, losses));
  if (wires.length === 0 && losses.length === 0)
    losses.push({ what: content.kind, why: 'there is nothing in it to say' });
  return { wires: content.kind === 'native' ? wires : wires.map(withUploads), losses };
}

function withUploads(wire: WhatsAppWire): WhatsAppWire {
  const uploads = storedIn(wire.body);
  return uploads.length === 0 ? wire : { ...wire, uploads };
}

/** Only the first of several quotes; the others follow it anyway. */
function wiresOf(
  piece: Piece,
  message: OutboundMessage,
  first: boolean,
  losses: Loss[],
): readonly WhatsAppWire[] {
  const { conversation } = message.address;
  const quote = first ? message.replyTo : undefined;
  switch (piece.kind) {
    case 'read':
      return [signalWire(piece.target)];
    case 'typing':
      return typing(piece.active, message.replyTo, losses);
    case 'native':
      return [nativeWire(piece.body, conversation, quote)];
    default:
      return bodiesOf(piece).map((body, index) =>
        messageWire(conversation, index === 0 ? quote : undefined, body),
      );
  }
}

function bodiesOf(piece: Exclude<Piece, { kind: 'read' | 'typing' | 'native' }>): readonly JsonObject[] {
  switch (piece.kind) {
    case 'text':
      return [textBody(piece.text)];
    case 'media':
      return [mediaBody(piece.media, piece.caption)];
    case 'location':
      return [locationBody(piece.location)];
    case 'contacts':
      return contactBodies(piece.contacts);
    case 'buttons':
      return [buttonsBody(piece.text, piece.choices)];
    case 'list':
      return [listBody(piece.text, piece.choices)];
    case 'card':
      return cardBodies(piece);
    case 'template':
      return [templateBody(piece.template)];
    case 'reaction':
      return [reactionBody(piece.emoji, piece.target, piece.removed)];
    case 'edit':
    case 'deletion':
      throw new Unsayable(`WhatsApp has no ${piece.kind} of messages sent by the Cloud API`);
    default:
      return assertNever(piece);
  }
}

/**
 * https://developers.facebook.com/docs/whatsapp/cloud-api/typing-indicators: it is shown below a message of the
 * person's, which it also marks as read, and goes away with our next message or after 25 seconds.
 */
function typing(active: boolean, replyTo: string | undefined, losses: Loss[]): readonly WhatsAppWire[] {
  if (active && replyTo !== undefined) return [signalWire(replyTo, { typing_indicator: { type: 'text' } })];
  const why = active
    ? 'WhatsApp shows it only in answer to a message (replyTo)'
    : 'WhatsApp ends it by itself with the next message';
  losses.push({ what: 'typing', why });
  return [];
}

/** What the hub decides, whoever wrote the rest. */
const OURS = [
  'messaging_product',
  'recipient_type',
  'to',
  'recipient',
  'biz_opaque_callback_data',
  'edge',
] as const;

/** Any body of the messages call, without its recipient; `edge: marketing_messages` for that other call. */
function nativeWire(body: JsonObject, conversation: string, quote: string | undefined): WhatsAppWire {
  const said = Object.fromEntries(Object.entries(body).filter(([name]) => !OURS.some(ours => ours === name)));
  if (said.status === 'read') {
    const { message_id: target, status: _status, ...more } = said;
    const id = asId(target);
    if (id === undefined) throw new Unsayable('a native read mark needs a message_id');
    return signalWire(id, more);
  }
  if (asId(said.type) === undefined) throw new Unsayable('a native WhatsApp message needs a type');
  const edge = body.edge === 'marketing_messages' ? 'marketing_messages' : 'messages';
  return messageWire(conversation, quote, said, edge);
}
