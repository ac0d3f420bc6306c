/** What a person reads of an activity, for whoever looks on. */
import { asObject, asObjects, asText } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';

/** Null where there is nothing to read. */
export function wordsOf(activity: JsonObject): string | null {
  if (activity.type === 'typing') return '(typing)';
  const words = [asText(activity.text), ...asObjects(activity.attachments).flatMap(attachmentWords)];
  const read = words.filter(word => word !== undefined && word !== '').join('\n');
  return read === '' ? null : read;
}

function attachmentWords(attachment: JsonObject): readonly (string | undefined)[] {
  const card = asObject(attachment.content);
  if (card === undefined) return [`(${asText(attachment.contentType) ?? 'attachment'})`];
  return [
    asText(card.title),
    asText(card.subtitle),
    asText(card.text),
    ...asObjects(card.body).flatMap(elementWords),
    ...[...asObjects(card.actions), ...asObjects(card.buttons)].map(
      ({ title }) => `[${asText(title) ?? ''}]`,
    ),
  ];
}

const elementWords = (element: JsonObject): readonly (string | undefined)[] => [
  element.type === 'Image' ? '(image)' : asText(element.text),
  ...asObjects(element.choices).map(({ title }) => `[${asText(title) ?? ''}]`),
];
