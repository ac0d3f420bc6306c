/** Form-encoded bodies: interactions (`payload=<JSON>`), slash commands and outgoing webhooks (flat fields). */
import { Unreadable } from '../channel.ts';
import { readText } from '../json.ts';

const MAX_FIELDS = 200;

/**
 * The fields of the body; the first wins where one comes twice. Throws `Unreadable` where the escapes are not
 * UTF-8: `URLSearchParams` would put replacement characters there and say nothing.
 */
export function readForm(body: Uint8Array): ReadonlyMap<string, string> {
  const pairs = readText(body).split('&', MAX_FIELDS + 1);
  if (pairs.length > MAX_FIELDS) throw new Unreadable(`the form has more than ${MAX_FIELDS} fields`);
  const fields = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) continue;
    const name = decoded(pair.slice(0, at));
    if (!fields.has(name)) fields.set(name, decoded(pair.slice(at + 1)));
  }
  return fields;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Unreadable('the form is not valid');
  }
}

/** Whether the body is JSON, by its first character: a form never begins with a brace. */
export const looksLikeJson = (body: Uint8Array): boolean => {
  const first = body.find(byte => byte > 0x20);
  return first === 0x7b || first === 0x5b || first === 0xef;
};
