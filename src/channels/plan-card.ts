/** A card, or the messages that stand in for one. Pure. */
import type { OutboundContent } from '../message/content.ts';
import { write } from './markdown/write.ts';
import { escapeMarkdown, type Lose, type Piece, type Style, texts, tornIn } from './piece.ts';
import { choices, shortened, tooLong } from './plan-choices.ts';
import { media } from './plan-media.ts';
import { shorten } from './text.ts';

/** As one card where the platform has them that large; else its parts, one after the other. */
export function card(
  content: Extract<OutboundContent, { kind: 'card' }>,
  style: Style,
  lose: Lose,
): readonly Piece[] {
  const limits = style.capabilities.card;
  const body = [`**${escapeMarkdown(content.title)}**`, content.text].filter(Boolean).join('\n\n');
  if (limits === null || content.choices.length > limits.buttons || tooLong(content.choices, limits.label)) {
    lose('card', `${style.platform} cannot show it as one; sent as separate messages`);
    const image = content.image === undefined ? [] : media(content.image, undefined, style, lose);
    return [
      ...image,
      ...(content.choices.length === 0
        ? texts(body, style, lose)
        : choices(body, content.choices, style, lose)),
    ];
  }
  const fitting = shortened(content.choices, limits.label, 0);
  for (const { what, why } of fitting.losses) lose(what, why);
  if (content.title.length > limits.title) lose('title', `shortened to ${limits.title} characters`);
  const before =
    content.image !== undefined && !limits.image ? media(content.image, undefined, style, lose) : [];
  const [text, after] = textIn(content.text, limits.text, style, lose);
  return [
    ...before,
    {
      kind: 'card',
      title: shorten(content.title, limits.title),
      ...(text === undefined ? {} : { text }),
      ...(content.image !== undefined && limits.image ? { image: content.image } : {}),
      choices: fitting.choices,
    },
    ...after.map(text => ({ kind: 'text', text }) as const),
  ];
}

/** What stands in the card, and what follows it in messages of its own, as a link that no card is wide enough for. */
function textIn(
  markdown: string | undefined,
  max: number,
  style: Style,
  lose: Lose,
): readonly [string | undefined, readonly string[]] {
  if (markdown === undefined) return [undefined, []];
  const wide = Math.max(max, style.capabilities.text.max);
  const parts = write(markdown, style.dialect, max, { wide, torn: tornIn(style, lose) });
  const [first = '', ...rest] = parts;
  if (first.length > max) {
    lose('text', 'too long for a card; it follows as text');
    return [undefined, parts];
  }
  if (rest.length > 0) lose('text', 'too long for a card; the rest follows as text');
  return [first, rest];
}
