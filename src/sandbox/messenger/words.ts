/** What a person reads in a message of ours. */
import { asObject, asObjects, asText } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';

/** Null where there is nothing to read. */
export function wordsOf(body: JsonObject): string | null {
  const message = asObject(body.message);
  if (message === undefined) return actionOf(body);
  const template = asObject(message.template);
  if (template !== undefined) return `template ${asText(template.name)}`;
  const attachment = asObject(message.attachment);
  const payload = asObject(attachment?.payload);
  const elements = asObjects(payload?.elements);
  const said = [
    asText(message.text),
    asText(payload?.text),
    ...elements.flatMap(element => [asText(element.title), asText(element.subtitle)]),
    attachment !== undefined && attachment.type !== 'template' ? `(${asText(attachment.type)})` : undefined,
  ];
  const offered = [
    ...asObjects(message.quick_replies),
    ...asObjects(payload?.buttons),
    ...elements.flatMap(element => asObjects(element.buttons)),
  ].map(one => asText(one.title));
  const labels = offered.filter(label => label !== undefined);
  const lines = [...said, labels.length === 0 ? undefined : `[${labels.join('] [')}]`];
  return lines.filter(Boolean).join('\n') || null;
}

function actionOf(body: JsonObject): string {
  const action = asText(body.sender_action)?.toLowerCase() ?? '';
  return action === 'react' ? (asText(asObject(body.payload)?.reaction) ?? '') : `(${action})`;
}
