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
  const room = { torn: tornIn(style, lose) };
  const written = content.text === undefined ? [] : write(content.text, style.dialect, limits.text, room);
  if (written.length > 1) lose('text', 'too long for a card; the rest follows as text');
  return [
    ...before,
    {
      kind: 'card',
      title: shorten(content.title, limits.title),
      ...(written[0] === undefined ? {} : { text: written[0] }),
      ...(content.image !== undefined && limits.image ? { image: content.image } : {}),
      choices: fitting.choices,
    },
    ...written.slice(1).map(text => ({ kind: 'text', text }) as const),
  ];
}
