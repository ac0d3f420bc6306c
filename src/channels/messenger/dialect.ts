/**
 * Plain text: the apps show marks as they are, so only those are written that help to read them. Nothing needs to be
 * escaped, for nothing is formatted.
 */
import { backticks, writtenLink } from '../markdown/literal.ts';
import type { Dialect } from '../markdown/write.ts';

const none = ['', ''] as const;

export const dialect: Dialect = {
  escape: text => text,
  escapeCode: text => text,
  strong: none,
  emphasis: none,
  strike: none,
  ...backticks,
  bullet: '• ',
  link: writtenLink,
};
