/**
 * Slack's text in our words: entities decoded, mentions and links spelled out, its marks (`*bold*`, `~strike~`)
 * as Markdown's. https://docs.slack.dev/messaging/formatting-message-text
 */
import { emojiOf } from './emoji.ts';

export interface ReadText {
  readonly text: string;
  readonly mentions: readonly Mention[];
}

interface Mention {
  readonly id: string;
  readonly name?: string;
}

/**
 * Reads a text. A mention of `self` (our bot user) at the very beginning only addresses us: it is left out of the
 * text, not of the mentions, so that `@bot help` says `help`.
 */
export function readSlackText(raw: string, self?: string): ReadText {
  const mentions = new Map<string, Mention>();
  const note = (mention: Mention): void => {
    if (!mentions.has(mention.id)) mentions.set(mention.id, mention);
  };
  const text = split(raw)
    .map((part, index) => (index % 2 === 0 ? prose(part, note) : code(part, note)))
    .join('');
  return { text: tidy(withoutAddress(text, raw, self)), mentions: [...mentions.values()] };
}

/** Code is not formatted; it stands at the odd places. */
const split = (raw: string): readonly string[] => raw.split(/(```[\s\S]*?```|`[^`\n]+`)/);

const TOKEN = /<([^<>\n]+)>/g;
// Two code points that no text may contain (U+FDD0, U+FDD1) keep the place of a token while the rest is formatted.
const PLACE = /\uFDD0(\d+)\uFDD1/g;

function prose(part: string, note: (mention: Mention) => void): string {
  const tokens: string[] = [];
  const places = part
    .replace(/[\uFDD0\uFDD1]/g, '')
    .replace(TOKEN, (_, token: string) => `\uFDD0${tokens.push(readToken(token, note)) - 1}\uFDD1`);
  return decode(emoji(marks(places))).replace(PLACE, (_, index: string) => tokens[Number(index)] ?? '');
}

function code(part: string, note: (mention: Mention) => void): string {
  const plain = decode(part.replace(TOKEN, (_, token: string) => labelOf(token, note)));
  if (!plain.startsWith('```')) return plain;
  // Markdown wants the fences on lines of their own.
  const inner = plain.slice(3, -3).replace(/^\n|\n$/g, '');
  return `\n\`\`\`\n${inner}\n\`\`\`\n`;
}

const tidy = (text: string): string =>
  text.replace(/^\n+(?=```)|(?<=```)\n+$/g, '').replace(/\n\n\n(?=```)/g, '\n\n');

// Slack formats only where a mark stands beside blanks or punctuation, and not across lines.
const BOLD = /(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])/g;
const STRIKE = /(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])/g;

const marks = (text: string): string => text.replace(BOLD, '**$1**').replace(STRIKE, '~~$1~~');

const emoji = (text: string): string =>
  text.replace(
    /:([a-z0-9_+'-]{1,64}(?:::skin-tone-[2-6])?):/g,
    (whole, name: string) => emojiOf(name) ?? whole,
  );

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

const decode = (text: string): string =>
  text.replace(/&(?:amp|lt|gt);/g, entity => ENTITIES[entity] ?? entity);

/** What stands between angle brackets: `@U1|name`, `#C1|name`, `!here`, `https://…|label`. */
function readToken(token: string, note: (mention: Mention) => void): string {
  const [target, label] = halves(token);
  if (!/^(?:https?|mailto|tel):/i.test(target)) return labelOf(token, note);
  const address = decode(target);
  const shown = address.replace(/^(?:mailto|tel):/i, '');
  const written = label === undefined ? shown : decode(label);
  if (written === shown || written === address || `http://${written}` === address) return written;
  return `[${written.replace(/[[\]\\]/g, '\\$&')}](${/[()\s]/.test(address) ? `<${address}>` : address})`;
}

/** The same as plain text. */
function labelOf(token: string, note: (mention: Mention) => void): string {
  const [target, label] = halves(token);
  const name = label === undefined || label === '' ? undefined : decode(label);
  switch (target[0]) {
    case '@': {
      const id = target.slice(1);
      if (id !== '') note(name === undefined ? { id } : { id, name });
      return `@${name ?? id}`;
    }
    case '#':
      return `#${name ?? target.slice(1)}`;
    case '!':
      return special(target.slice(1), name);
    default:
      return name ?? decode(target);
  }
}

function special(target: string, name: string | undefined): string {
  const [kind = '', id = ''] = target.split('^');
  if (kind === 'subteam') return `@${(name ?? id).replace(/^@/, '')}`;
  if (kind === 'here' || kind === 'channel' || kind === 'everyone') return `@${kind}`;
  return name ?? kind;
}

function halves(token: string): readonly [string, string | undefined] {
  const at = token.indexOf('|');
  return at < 0 ? [token, undefined] : [token.slice(0, at), token.slice(at + 1)];
}

/** The text without the mention that addresses us; whole where nothing else was said. */
function withoutAddress(text: string, raw: string, self: string | undefined): string {
  const [, id, name] = /^\s*<@(\w+)(?:\|([^<>]*))?>/.exec(raw) ?? [];
  if (self === undefined || id !== self) return text;
  const address = `@${name ? decode(name) : self}`;
  const rest = text.trimStart();
  if (!rest.startsWith(address)) return text;
  const said = rest.slice(address.length).replace(/^[\s:,]+/, '');
  return said === '' ? text : said;
}
