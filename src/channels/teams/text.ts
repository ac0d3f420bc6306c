/**
 * A Teams message in our words. Teams tells each text twice, plain and (as an attachment) in HTML, where the
 * formatting is; mentions are `<at>` in both. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages
 */
import type { JsonObject } from '../../message/json.ts';
import { asId, asObject, asObjects, asText } from '../json.ts';
import { decodeEntities } from './html.ts';
import { htmlToMarkdown, MAX_HTML, type Quote, tidyBlocks } from './markdown.ts';

export interface ReadText {
  readonly text: string;
  readonly mentions: readonly Mention[];
  /** The message this one answers, where Teams shows it above the text. */
  readonly quote?: Quote;
}

export interface Mention {
  readonly id: string;
  readonly name?: string;
}

/** Mentions of ourselves only address us: they are left out of the text, not of the mentions. */
export function readTeamsText(activity: JsonObject, selfId: string): ReadText {
  const mentioned = mentionsIn(activity);
  const html = htmlOf(activity);
  const names = (index: number, written: string): string => {
    const mention = mentioned[index] ?? mentioned.find(one => one.name === written.trim());
    if (mention?.id.toLowerCase() === selfId) return '';
    return `@${(mention?.name ?? written).trim()}`;
  };
  const read =
    html === undefined ? { text: plain(asText(activity.text) ?? '', names) } : htmlToMarkdown(html, names);
  return { ...read, mentions: distinct(mentioned) };
}

/** In the order of the text, as `<at id="0">` counts them. */
const mentionsIn = (activity: JsonObject): readonly Mention[] =>
  asObjects(activity.entities)
    .filter(entity => entity.type === 'mention')
    .flatMap(entity => {
      const mentioned = asObject(entity.mentioned);
      const id = asId(mentioned?.id);
      const name = asId(mentioned?.name);
      return id === undefined ? [] : [name === undefined ? { id } : { id, name }];
    });

const distinct = (mentions: readonly Mention[]): readonly Mention[] => [
  ...new Map(mentions.map(mention => [mention.id, mention])).values(),
];

function htmlOf(activity: JsonObject): string | undefined {
  const attachment = asObjects(activity.attachments).find(one => one.contentType === 'text/html');
  const html = asText(attachment?.content);
  return html === undefined || html.length > MAX_HTML || html.trim() === '' ? undefined : html;
}

const AT = /<at(?:\s[^<>]{0,200})?>([^<]{0,300})<\/at>/gi;

/** The plain form: text with entities, and `<at>` for mentions, counted as they come. */
function plain(text: string, names: (index: number, written: string) => string): string {
  let index = 0;
  const parts = text.split(AT).map((part, place) =>
    // Every second part is what stood between the tags.
    place % 2 === 0 ? decodeEntities(part) : names(index++, decodeEntities(part)),
  );
  // Where a mention was taken out, the blank behind it goes as well.
  const read = parts.map((part, place) =>
    place > 0 && parts[place - 1] === '' && place % 2 === 0 ? part.replace(/^[ \t]/, '') : part,
  );
  return tidyBlocks(read.join(''));
}
