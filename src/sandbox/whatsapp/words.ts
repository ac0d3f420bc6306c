/** What a person reads in a message of ours. */
import { asObject, asObjects, asText } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';

/** Null where there is nothing to read. */
export function wordsOf(body: JsonObject): string | null {
  const type = asText(body.type) ?? 'text';
  const said = asObject(body[type]) ?? {};
  switch (type) {
    case 'text':
      return asText(said.body) ?? null;
    case 'interactive': {
      const action = asObject(said.action) ?? {};
      const header = asObject(said.header);
      const offered = [
        ...asObjects(action.buttons).map(button => asText(asObject(button.reply)?.title)),
        ...asObjects(action.sections)
          .flatMap(section => asObjects(section.rows))
          .map(row => asText(row.title)),
        asText(asObject(action.parameters)?.display_text),
      ].filter(label => label !== undefined);
      const lines = [asText(header?.text), asText(asObject(said.body)?.text)].filter(Boolean);
      return [...lines, ...(offered.length === 0 ? [] : [`[${offered.join('] [')}]`])].join('\n');
    }
    case 'template':
      return `template ${asText(said.name)}`;
    case 'location':
      return [asText(said.name), asText(said.address), `${said.latitude}, ${said.longitude}`]
        .filter(Boolean)
        .join(', ');
    case 'reaction':
      return asText(said.emoji) ?? null;
    case 'contacts':
      return asObjects(body.contacts)
        .map(contact => asText(asObject(contact.name)?.formatted_name))
        .join(', ');
    default:
      return [`(${type})`, asText(said.caption)].filter(Boolean).join(' ');
  }
}
