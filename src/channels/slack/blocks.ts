/** Block Kit, as far as we use it. https://docs.slack.dev/reference/block-kit */
import type {
  ActionsBlock,
  Button,
  HeaderBlock,
  ImageBlock,
  PlainTextElement,
  SectionBlock,
} from '@slack/web-api';
import type { Choice, Media } from '../../message/content.ts';
import { Unsayable } from '../channel.ts';
import { compact } from '../json.ts';
import { escapeEntities } from '../markdown/literal.ts';

/** Ids of our own elements begin so; a button that only opens an address with the second. */
const ACTION = 'patchbay/';
export const LINK_ACTION = `${ACTION}link/`;

const MAX_BUTTON_VALUE = 2_000;
const MAX_OPTION_VALUE = 150;
const MAX_URL = 3_000;
const MAX_ALT = 2_000;

// `emoji: false`: what looks like `:smile:` stays what was written.
const plain = (text: string): PlainTextElement => ({
  type: 'plain_text',
  text: text.toWellFormed(),
  emoji: false,
});

/** `verbatim`: Slack adds no links and no mentions of its own. `expand`: no "see more" after a few lines. */
export const section = (text: string): SectionBlock => ({
  type: 'section',
  text: { type: 'mrkdwn', text, verbatim: true },
  expand: true,
});

export const header = (title: string): HeaderBlock => ({ type: 'header', text: plain(title) });

export const buttons = (choices: readonly Choice[]): ActionsBlock => ({
  type: 'actions',
  elements: choices.map(button),
});

function button(choice: Choice, index: number): Button {
  if (choice.id.length > MAX_BUTTON_VALUE)
    throw new Unsayable(`Slack takes at most ${MAX_BUTTON_VALUE} characters for the id of a button`);
  if ((choice.url?.length ?? 0) > MAX_URL)
    throw new Unsayable(`Slack takes at most ${MAX_URL} characters for the address of a button`);
  return compact({
    type: 'button',
    action_id: `${choice.url === undefined ? ACTION : LINK_ACTION}${index}`,
    text: plain(choice.label),
    value: choice.id,
    url: choice.url,
  } as const);
}

export function menu(choices: readonly Choice[]): ActionsBlock {
  if (choices.some(choice => choice.id.length > MAX_OPTION_VALUE))
    throw new Unsayable(`Slack takes at most ${MAX_OPTION_VALUE} characters for the id of a list's choice`);
  const options = choices.map(choice =>
    compact({
      text: plain(choice.label),
      value: choice.id,
      description: choice.description === undefined ? undefined : plain(choice.description),
    }),
  );
  return {
    type: 'actions',
    elements: [{ type: 'static_select', action_id: `${ACTION}list`, placeholder: plain('…'), options }],
  };
}

const SHOWN = new Set(['image/png', 'image/jpeg', 'image/jpg', 'image/gif']);

/** Whether Slack can show it: it fetches a public address itself, or knows the file already. */
export function showable({ type, source, mimeType }: Media): boolean {
  if (type !== 'image' || (mimeType !== undefined && !SHOWN.has(mimeType.toLowerCase()))) return false;
  if (source.kind === 'url') return /^https?:\/\//i.test(source.url) && source.url.length <= MAX_URL;
  return source.kind === 'platform';
}

export function image(media: Media): ImageBlock {
  const alt_text = altText(media);
  return media.source.kind === 'url'
    ? { type: 'image', alt_text, image_url: media.source.url }
    : {
        type: 'image',
        alt_text,
        slack_file: { id: 'ref' in media.source ? media.source.ref : media.source.id },
      };
}

/** https://docs.slack.dev/reference/block-kit/blocks/image-block */
const altText = (media: Media): string => (media.name || 'image').toWellFormed().slice(0, MAX_ALT);

/** The same as a notification shows it. */
export const altFallback = (media: Media): string => escapeEntities(altText(media));
