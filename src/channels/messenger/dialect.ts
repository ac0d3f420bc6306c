/**
 * Plain text: the apps show marks as they are, so only those are written that help to read them. Nothing needs to be
 * escaped, for nothing is formatted.
 */
import type { Dialect } from '../markdown/write.ts';

const none = ['', ''] as const;

export const dialect: Dialect = {
  escape: text => text,
  escapeCode: text => text,
  strong: none,
  emphasis: none,
  strike: none,
  code: ['`', '`'],
  fence: ['```', '```'],
  quote: '> ',
  bullet: '• ',
  link: (label, href, bare) => (bare ? href.replace(/^(?:mailto|tel):/i, '') : `${label} (${href})`),
};
