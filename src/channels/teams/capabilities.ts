/** What Teams takes and shows. https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference */
import type { Capabilities } from '../capabilities.ts';

/** Text in a card, so that the whole activity stays below 28 KB in any script. */
const MAX_CARD_TEXT = 4_000;

export const capabilities: Capabilities = {
  inbound: {
    text: true,
    media: true,
    location: 'Teams has no location messages for bots.',
    contacts: 'Teams has no contact messages for bots.',
    choice: true,
    form: true,
    order: 'Teams has no orders.',
    reaction: true,
    edit: true,
    deletion: true,
    typing: true,
    membership: true,
    system: true,
    unsupported: true,
  },
  // Teams takes 100 KB in UTF-16, once 28 KB; this many characters fit in any script, with all that is around them.
  text: { max: 8_000 },
  choices: {
    buttons: { max: 6, label: 60, text: MAX_CARD_TEXT },
    list: { max: 50, label: 80, description: 80, text: MAX_CARD_TEXT },
    links: 6,
  },
  media: {
    image: { as: 'image', caption: MAX_CARD_TEXT },
    video: { as: 'link' },
    audio: { as: 'link' },
    voice: { as: 'link' },
    file: { as: 'link' },
    sticker: { as: 'link' },
  },
  card: { title: 250, text: MAX_CARD_TEXT, buttons: 6, label: 60, image: true },
  location: false,
  contacts: false,
  template: 'Teams has no approved templates.',
  reaction: 'The Bot Connector has no reactions.',
  typing: true,
  read: 'Teams gives bots no read marks.',
  edit: true,
  deletion: true,
  proof: 'none',
  idempotent: false,
  // https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
  rates: {
    account: [{ count: 50, perMs: 1_000 }],
    conversation: [
      { count: 7, perMs: 1_000 },
      { count: 8, perMs: 2_000 },
      { count: 60, perMs: 30_000 },
      { count: 1_800, perMs: 3_600_000 },
    ],
  },
};
