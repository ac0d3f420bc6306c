/** What Slack takes and shows. https://docs.slack.dev/reference/block-kit */
import type { Capabilities } from '../capabilities.ts';

const MAX_SECTION = 3_000;

export const capabilities: Capabilities = {
  inbound: {
    text: true,
    media: true,
    location: 'Slack has no location messages.',
    contacts: 'Slack has no contact messages.',
    choice: true,
    form: true,
    order: 'Slack has no orders.',
    reaction: true,
    edit: true,
    deletion: true,
    typing: 'Slack tells bots nothing of typing.',
    membership: true,
    system: true,
    unsupported: true,
  },
  // Slack takes 40,000 but shows more than 4,000 as several messages, and refuses to edit to more than that.
  text: { max: 4_000 },
  choices: {
    buttons: { max: 25, label: 75, text: MAX_SECTION },
    list: { max: 100, label: 75, description: 75, text: MAX_SECTION },
    links: 25,
  },
  media: {
    image: { as: 'image', caption: MAX_SECTION },
    video: { as: 'link' },
    audio: { as: 'link' },
    voice: { as: 'link' },
    file: { as: 'link' },
    sticker: { as: 'link' },
  },
  card: { title: 150, text: MAX_SECTION, buttons: 25, label: 75, image: true },
  location: false,
  contacts: false,
  template: 'Slack has no approved templates.',
  reaction: true,
  typing: 'Slack has no typing indicator for bots.',
  read: 'Slack gives bots no read marks.',
  edit: true,
  deletion: true,
  proof: 'history',
  idempotent: false,
  rates: {
    // "Several hundred messages per minute" for a workspace, and one a second for each channel, "short bursts
    // allowed". https://docs.slack.dev/apis/web-api/rate-limits/#rate-limits__posting-messages
    account: [{ count: 300, perMs: 60_000, burst: 20 }],
    conversation: [{ count: 1, perMs: 1_000, burst: 3 }],
    // `conversations.history` is of tier 3.
    lookups: { count: 50, perMs: 60_000 },
  },
};
