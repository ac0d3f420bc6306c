/** Dialects of platforms that do not exist. */
import type { Dialect } from '../../../src/channels/markdown/write.ts';

const none = ['', ''] as const;
const same = (text: string): string => text;

/** No marks at all: what is left is the words. */
export const bare: Dialect = {
  escape: same,
  escapeCode: same,
  strong: none,
  emphasis: none,
  strike: none,
  code: none,
  fence: none,
  quote: '',
  bullet: '',
  link: label => label,
};
