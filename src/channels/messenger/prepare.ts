/** What the planner cannot know of Messenger: put into contents it can plan, in order, with what that costs. */
import type { OutboundContent } from '../../message/content.ts';
import type { Loss } from '../channel.ts';
import { isStored, leftOut, nameInstead } from '../meta/stored.ts';
import { CARD } from './capabilities.ts';

type Card = Extract<OutboundContent, { kind: 'card' }>;

export interface Prepared {
  readonly contents: readonly OutboundContent[];
  readonly losses: readonly Loss[];
}

/** `uploads`: what the hub keeps can be sent. */
export function prepare(content: OutboundContent, uploads: boolean): Prepared {
  if (content.kind === 'media' && isStored(content.media) && !uploads) {
    const { content: instead, losses } = nameInstead('Messenger', content.media, content.caption);
    return { contents: [instead], losses };
  }
  return content.kind === 'card' ? prepareCard(content, uploads) : { contents: [content], losses: [] };
}

/** A card shows a picture only by address and little text: what does not fit goes before it. */
function prepareCard(card: Card, uploads: boolean): Prepared {
  const losses: Loss[] = [];
  const before: OutboundContent[] = [];
  let kept: Card = card;
  const { image, ...imageless } = card;
  if (isStored(image) && !uploads) {
    losses.push(leftOut('Messenger'));
    kept = imageless;
  } else if (image !== undefined && image.source.kind !== 'url') {
    losses.push({ what: 'image', why: 'a card shows an image only by its address; sent before it' });
    before.push({ kind: 'media', media: image });
    kept = imageless;
  }
  const { text, ...textless } = kept;
  if (text === undefined || text.length <= CARD.text || !isCard(kept))
    return { contents: [...before, kept], losses };
  losses.push({ what: 'text', why: 'too long for a card; sent before it as a message of its own' });
  return { contents: [...before, { kind: 'text', text }, textless], losses };
}

/** Whether the planner will show it as one; else it plans all of the text by itself. */
const isCard = ({ choices }: Card): boolean =>
  choices.length <= CARD.buttons && choices.every(choice => choice.label.length <= CARD.label);

/** Links are buttons where all choices can be; among more they are written into the text. */
export const wantsButtons = (content: OutboundContent): boolean =>
  (content.kind === 'choices' || content.kind === 'card') &&
  content.choices.length <= CARD.buttons &&
  content.choices.some(choice => choice.url !== undefined);
