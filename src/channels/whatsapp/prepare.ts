/** What the planner cannot know of WhatsApp: put into a form it can plan, with what that costs. */
import type { Choice, OutboundContent } from '../../message/content.ts';
import type { Loss } from '../channel.ts';
import { isStored, leftOut, nameInstead, type Prepared } from '../meta/stored.ts';
import { escapeMarkdown } from '../piece.ts';

export function prepare(content: OutboundContent, uploads: boolean): Prepared {
  if (content.kind === 'media' && isStored(content.media) && !uploads)
    return nameInstead('WhatsApp', content.media, content.caption);
  return content.kind === 'card' ? prepareCard(content, uploads) : { content, losses: [] };
}

function prepareCard(card: Extract<OutboundContent, { kind: 'card' }>, uploads: boolean): Prepared {
  const losses: Loss[] = [];
  const { image, ...rest } = card;
  const hidden = isStored(image) && !uploads;
  if (hidden) losses.push(leftOut('WhatsApp'));
  const kept = image === undefined || hidden ? rest : card;
  const links = card.choices.filter(choice => choice.url !== undefined);
  if (links.length === 0 || hasOneLink(card)) return { content: kept, losses };
  losses.push({ what: 'links', why: 'WhatsApp cannot mix them with answers; written into the text' });
  const lines = links.map(link => `${escapeMarkdown(link.label)}: ${link.url}`);
  const text = [card.text, ...lines].filter(Boolean).join('\n\n');
  return { content: { ...kept, text, choices: card.choices.filter(isAnswer) }, losses };
}

const isAnswer = (choice: Choice): boolean => choice.url === undefined;

/** A link alone may be a button; WhatsApp does not mix it with answers. */
export const hasOneLink = (content: OutboundContent): boolean =>
  (content.kind === 'choices' || content.kind === 'card') &&
  content.choices.length === 1 &&
  content.choices[0]?.url !== undefined;
