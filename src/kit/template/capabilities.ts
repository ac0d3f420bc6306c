/** What Sample Platform takes and shows. The planner splits and degrades by it, and says what was lost. */
import type { Capabilities } from 'patchbay/adapter';

const none = (what: string): string => `Sample Platform has no ${what}`;

export const capabilities: Capabilities = {
  inbound: {
    text: true,
    media: none('media'),
    location: none('locations'),
    contacts: none('contacts'),
    choice: none('buttons'),
    form: none('forms'),
    order: none('orders'),
    reaction: none('reactions'),
    edit: none('edits'),
    deletion: none('deletions'),
    typing: none('typing signs'),
    membership: none('groups'),
    system: none('notices'),
    unsupported: true,
  },
  text: { max: 4_000 },
  choices: { buttons: null, list: null, links: 0 },
  media: {
    image: { as: 'link' },
    video: { as: 'link' },
    audio: { as: 'link' },
    voice: { as: 'link' },
    file: { as: 'link' },
    sticker: { as: 'link' },
  },
  card: null,
  location: false,
  contacts: false,
  template: none('templates'),
  reaction: none('reactions'),
  typing: none('typing signs'),
  read: none('read marks'),
  edit: none('editing of messages'),
  deletion: none('deletion of messages'),
  // A receipt gives our marker back: that settles a send whose answer was lost.
  proof: 'receipt',
  idempotent: false,
};
