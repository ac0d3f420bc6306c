/** Adaptive Cards, as far as we say things with them. https://adaptivecards.io/explorer/ */
import type { Choice, Media } from '../../message/content.ts';
import type { JsonObject } from '../../message/json.ts';
import { MENU, OURS } from './submissions.ts';

const CONTENT_TYPE = 'application/vnd.microsoft.card.adaptive';

/** The newest version that all clients show; older ones show less. */
const VERSION = '1.5';

export const adaptiveCard = (
  body: readonly JsonObject[],
  actions: readonly JsonObject[] = [],
): JsonObject => ({
  contentType: CONTENT_TYPE,
  content: {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: VERSION,
    body,
    ...(actions.length === 0 ? {} : { actions }),
  },
});

export const textBlock = (text: string): JsonObject => ({ type: 'TextBlock', text, wrap: true });

export const titleBlock = (text: string): JsonObject => ({
  type: 'TextBlock',
  text,
  wrap: true,
  size: 'medium',
  weight: 'bolder',
});

/** What `showable` lets through has an address. */
export const imageBlock = ({ source, name }: Media): JsonObject => ({
  type: 'Image',
  url: source.kind === 'url' ? source.url : '',
  ...(name === undefined ? {} : { altText: name }),
});

/** What a button submits carries our own mark, so that it comes back as the choice it was. */
export const button = ({ id, label, url }: Choice): JsonObject =>
  url === undefined
    ? { type: 'Action.Submit', title: label, data: { [OURS]: { id, label } } }
    : { type: 'Action.OpenUrl', title: label, url };

/** A menu, and the button that sends what was picked: the client sends nothing before. */
export function menu(choices: readonly Choice[]): {
  readonly input: JsonObject;
  readonly action: JsonObject;
} {
  const labels = Object.fromEntries(choices.map(({ id, label }) => [id, label]));
  return {
    input: {
      type: 'Input.ChoiceSet',
      id: MENU,
      style: 'compact',
      choices: choices.map(({ id, label, description }) => ({
        title: description === undefined ? label : `${label} – ${description}`,
        value: id,
      })),
    },
    action: { type: 'Action.Submit', title: '✓', data: { [OURS]: { labels } } },
  };
}

/** Teams fetches pictures itself, and only over TLS. https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/what-are-cards#support-for-images */
export const showable = ({ type, source, mimeType }: Media): boolean =>
  type === 'image' &&
  source.kind === 'url' &&
  /^https:\/\//i.test(source.url) &&
  (mimeType === undefined || /^image\/(?:png|jpe?g|gif)$/i.test(mimeType));
