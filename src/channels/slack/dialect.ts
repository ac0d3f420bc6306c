/**
 * Slack's mrkdwn. Escaping `&`, `<` and `>` takes away every mention and link that a person's words could contain.
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
import {
  backticks,
  escapeCode,
  escapeEntities,
  escapeFence,
  JOINER,
  readLiteral,
} from '../markdown/literal.ts';
import type { Dialect } from '../markdown/write.ts';

// mrkdwn has no way to write a literal mark. Slack formats only between a mark that follows a blank or punctuation
// and its partner, so a word joiner (invisible, no width) before the first of such a pair keeps both as they are.
const PAIR = /(?<=^|[\s\p{P}\p{S}])([*_~`])(?=\S(?:[^\n]{0,200}?\S)?\1(?:[\s\p{P}\p{S}]|$))/gmu;

const literal = (text: string): string =>
  escapeEntities(text.replace(PAIR, `${JOINER}$1`)).replace(/^&gt;/gm, `${JOINER}&gt;`);

const escapeUrl = (href: string): string =>
  href
    .toWellFormed()
    .replace(/[<>|\s]/g, character => encodeURIComponent(character))
    .replaceAll('&', '&amp;');

/** A label that looks like an address but is another than the one behind it would deceive: both are shown. */
const LOOKS_LIKE_ADDRESS = /^\s*(?:\w+:\/\/|www\.|[\w-]+(?:\.[\w-]+)+(?:[/:?#]|\s*$))/;

export const mrkdwn: Dialect = {
  escape: literal,
  escapeCode: text => escapeEntities(escapeCode(text)),
  escapeFence: text => escapeEntities(escapeFence(text)),
  strong: ['*', '*'],
  emphasis: ['_', '_'],
  strike: ['~', '~'],
  ...backticks,
  bullet: '• ',
  link: (label, href, bare) => {
    const target = escapeUrl(href);
    // What is written in another way in an address is read as it was in a label.
    if (bare && readLiteral(label) === href && !/[<>|]/.test(href)) return `<${target}>`;
    if (!bare && LOOKS_LIKE_ADDRESS.test(label)) return `${label} (<${target}>)`;
    return `<${target}|${label.replaceAll('\n', ' ').replaceAll('|', '¦')}>`;
  },
};
