/** What the planner cannot know of WhatsApp: put into a form it can plan, with what that costs. */
import type { Choice, Media, OutboundContent } from '../../message/content.ts';
import type { Loss } from '../channel.ts';
import { escapeMarkdown } from '../plan.ts';

export interface Prepared {
  readonly content: OutboundContent;
  readonly losses: readonly Loss[];
}

const STORED = 'the hub keeps it, and WhatsApp fetches only from an address or by its own id';

export function prepare(content: OutboundContent): Prepared {
  if (content.kind === 'media' && isStored(content.media)) return nameInstead(content.media, content.caption);
  return content.kind === 'card' ? prepareCard(content) : { content, losses: [] };
}

const isStored = (media: Media | undefined): boolean => media?.source.kind === 'stored';

function nameInstead(media: Media, caption: string | undefined): Prepared {
  const name = `[${escapeMarkdown(media.name ?? media.type)}]`;
  return {
    content: { kind: 'text', text: [caption, name].filter(Boolean).join('\n') },
    losses: [{ what: media.type, why: `${STORED}; its name was sent` }],
  };
}

function prepareCard(card: Extract<OutboundContent, { kind: 'card' }>): Prepared {
  const losses: Loss[] = [];
  const { image, ...rest } = card;
  if (isStored(image)) losses.push({ what: 'image', why: `${STORED}; left out` });
  const kept = image === undefined || isStored(image) ? rest : card;
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
