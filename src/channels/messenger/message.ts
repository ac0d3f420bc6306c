/** Messages of people: words, files, picks. https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages */
import type { InboundContent } from '../../message/content.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asObject, asObjects, asText, compact } from '../json.ts';
import { type Attached, attachedOf } from './attachments.ts';
import { partId } from './ids.ts';
import { said, type Told } from './told.ts';

/** One message becomes as many as it has attachments; the first has its id, and its text as caption. */
export function messageEvents(message: JsonObject, told: Told): readonly InboundEvent[] | string {
  const mid = asId(message.mid);
  if (mid === undefined) return 'a message without an id';
  // Taken back. With the id of the message itself it would count as its redelivery.
  if (message.is_deleted === true)
    return [said(told, { id: `${mid}:deleted`, content: { kind: 'deletion', target: mid } })];
  const attached = attachedOf(asObjects(message.attachments));
  const contents = contentsOf(message, attached);
  const replyTo = asId(asObject(message.reply_to)?.mid);
  const context = contextOf(message, attached);
  return contents.map((content, index) =>
    said(told, {
      id: partId(mid, index),
      content,
      kind: content.kind === 'system' ? 'platform' : 'person',
      replyTo,
      context: index === 0 ? context : undefined,
    }),
  );
}

function contentsOf(message: JsonObject, attached: Attached): readonly InboundContent[] {
  const words = wordsOf(message, attached);
  const [first, ...rest] = attached.contents;
  if (words === undefined) return first === undefined ? [unsupported(message)] : attached.contents;
  if (words.kind === 'text' && first?.kind === 'media') return [{ ...first, caption: words.text }, ...rest];
  return [words, ...attached.contents];
}

const unsupported = (message: JsonObject): InboundContent => ({
  kind: 'unsupported',
  platformType: message.is_unsupported === true ? 'unsupported' : 'message',
});

/** What was said, picked or commanded; for links and products alone, what they are. */
function wordsOf(message: JsonObject, { links, products }: Attached): InboundContent | undefined {
  const text = asId(message.text);
  const picked = asText(asObject(message.quick_reply)?.payload);
  if (picked !== undefined) return { kind: 'choice', from: 'quick-reply', id: picked, label: text ?? picked };
  const [command] = asObjects(message.commands).map(one => asId(one.name));
  if (command !== undefined) return { kind: 'choice', from: 'command', id: command, label: text ?? '' };
  if (text !== undefined) return { kind: 'text', text };
  const lines = [...links, ...products].flatMap(one =>
    [asText(one.title), asText(one.subtitle), asText(one.url)].filter(line => line !== undefined),
  );
  return lines.length === 0 ? undefined : { kind: 'text', text: lines.join('\n') };
}

/** Where somebody came from and what they looked at, as the platform words it. */
function contextOf(message: JsonObject, { links, products }: Attached): JsonObject {
  const tags = asObjects(message.tags);
  const replyTo = asObject(message.reply_to);
  return compact({
    referral: asObject(message.referral),
    links: links.length > 0 ? links : undefined,
    products: products.length > 0 ? products : undefined,
    story: asObject(replyTo?.story),
    answers_themselves: replyTo?.is_self_reply === true ? true : undefined,
    tags: tags.length > 0 ? tags : undefined,
  });
}
