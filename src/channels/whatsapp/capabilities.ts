/** What WhatsApp takes and shows. https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages */
import type { Capabilities } from '../capabilities.ts';

/** The planner's view; `render.ts` refines it for a single link, which may be a button of its own. */
export const capabilities: Capabilities = {
  inbound: {
    text: true,
    media: true,
    location: true,
    contacts: true,
    choice: true,
    form: true,
    order: true,
    reaction: true,
    edit: true,
    deletion: true,
    typing: 'WhatsApp does not tell businesses that a person is typing.',
    membership: true,
    system: true,
    unsupported: true,
  },
  text: { max: 4096 },
  choices: {
    buttons: { max: 3, label: 20, text: 1024 },
    // The text above a list is documented with 4096 in one place and 1024 in another.
    list: { max: 10, label: 24, description: 72, text: 1024 },
    links: 0,
  },
  media: {
    image: { as: 'image', caption: 1024 },
    video: { as: 'video', caption: 1024 },
    audio: { as: 'audio', caption: 0 },
    voice: { as: 'voice', caption: 0 },
    file: { as: 'file', caption: 1024 },
    sticker: { as: 'sticker', caption: 0 },
  },
  // Beside an image the title goes into the text, which takes 1024 altogether.
  card: { title: 60, text: 950, buttons: 3, label: 20, image: true },
  location: true,
  contacts: true,
  template: true,
  reaction: true,
  typing: true,
  read: true,
  edit: 'WhatsApp has no editing of messages sent by the Cloud API',
  deletion: 'WhatsApp has no deletion of messages sent by the Cloud API',
  proof: 'receipt',
  idempotent: false,
  rates: {
    // Raised to 1,000 by Meta for numbers that need it. https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput
    account: [{ count: 80, perMs: 1_000 }],
    // "You can send 45 messages in 6 seconds, borrowed from the future": then as if they had been 6 s apart.
    // https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits
    conversation: [{ count: 1, perMs: 6_000, burst: 45 }],
  },
};
