/** What Messenger takes and shows. https://developers.facebook.com/docs/messenger-platform/send-messages */
import type { Capabilities } from '../capabilities.ts';

/** One element of the generic template. */
export const CARD = { title: 80, text: 80, buttons: 3, label: 20, image: true } as const;

/** The planner's view: answers are quick replies. With a link among up to three, they are buttons (`withButtons`). */
export const capabilities: Capabilities = {
  inbound: {
    text: true,
    media: true,
    location: true,
    contacts: 'Messenger has no contacts that people could send to a page.',
    choice: true,
    form: true,
    order: true,
    reaction: true,
    edit: true,
    deletion: true,
    typing: 'Messenger does not tell pages that a person is typing.',
    membership: true,
    system: true,
    unsupported: true,
  },
  text: { max: 2000 },
  choices: { buttons: { max: 13, label: 20, text: 2000 }, list: null, links: 0 },
  media: {
    image: { as: 'image', caption: 0 },
    video: { as: 'video', caption: 0 },
    audio: { as: 'audio', caption: 0 },
    voice: { as: 'audio', caption: 0 },
    file: { as: 'file', caption: 0 },
    sticker: { as: 'image', caption: 0 },
  },
  card: CARD,
  location: false,
  contacts: false,
  template: true,
  reaction: true,
  typing: true,
  read: true,
  edit: 'Messenger has no editing of messages that a page sent',
  deletion: 'Messenger has no deletion of messages that a page sent',
  proof: 'receipt',
  idempotent: false,
  // Texts; audio and video 10 a second. https://developers.facebook.com/docs/messenger-platform/overview/rate-limiting
  rates: { account: [{ count: 300, perMs: 1_000 }] },
};

/** The button template, whose buttons may open addresses. */
export const withButtons: Capabilities = {
  ...capabilities,
  choices: { buttons: { max: 3, label: 20, text: 640 }, list: null, links: 3 },
};
