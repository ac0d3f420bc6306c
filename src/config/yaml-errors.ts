/** What the YAML library found, in words that help and never quote the file. */
import type { ErrorCode, YAMLError } from 'yaml';
import { compact } from '../channels/json.ts';
import type { Source } from './source.ts';
import type { Draft } from './tree.ts';

const INDENT = 'check the indentation: spaces only, and the same depth for keys that belong together';
const QUOTE = 'put the value in quotes';

const MEANINGS: Readonly<Partial<Record<ErrorCode, readonly [message: string, help?: string]>>> = {
  TAB_AS_INDENT: ['a tab is used to indent', 'YAML takes only spaces: replace each tab'],
  BAD_INDENT: ['wrong indentation', INDENT],
  BLOCK_AS_IMPLICIT_KEY: ['a mapping begins where there can be none', INDENT],
  MULTILINE_IMPLICIT_KEY: ['a key without a colon, or a wrong indentation', INDENT],
  BLOCK_IN_FLOW: ['an indented block inside { } or [ ]', INDENT],
  MISSING_CHAR: ['a quote, a bracket, a colon or a space is missing'],
  BAD_SCALAR_START: ['a value cannot begin with this character', QUOTE],
  BAD_DQ_ESCAPE: ['unknown escape in double quotes', 'write \\\\ for a backslash, or use single quotes'],
  TAG_RESOLVE_FAILED: ['an unknown tag', 'a value that begins with ! needs quotes'],
  MULTIPLE_DOCS: ['a second document in one file', 'remove the line ---'],
  BAD_DIRECTIVE: ['a directive that is not understood', 'a value that begins with % needs quotes'],
  RESOURCE_EXHAUSTION: ['nested too deep to be read'],
};
/** Found only when the tree is built. */
export const UNKNOWN_ALIAS = {
  message: 'an alias to an anchor that is not there',
  help: 'a value that begins with * needs quotes',
} as const;
const OTHERWISE = ['this cannot be understood here', INDENT] as const;

/** In { } and [ ] a bare reference would end at its own brace: the most likely mistake of all. */
const BARE_REFERENCE = /[{[,][^"'#\n]*\$\{/;
/** How far around an error to look for one: a line can be the whole file. */
const NEAR = 200;
const MAX_ERRORS = 10;
/** One line of quotes can hold half a million. */
const MAX_LOOKED_AT = 200;

type OpenedAt = (error: YAMLError) => number | undefined;

/** One error for a line: the first often causes the others. `openedAt` tells where what is not closed began. */
export function explainSyntax(
  source: Source,
  errors: readonly YAMLError[],
  openedAt: OpenedAt,
): readonly Draft[] {
  const exhausted = errors.find(error => error.code === 'RESOURCE_EXHAUSTION');
  const found: Explained[] = [];
  for (const error of exhausted === undefined ? errors.slice(0, MAX_LOOKED_AT) : [exhausted]) {
    const explained = explain(source, error, openedAt);
    if (found.some(other => other.lineStart === explained.lineStart)) continue;
    found.push(explained);
    if (explained.swallows || found.length === MAX_ERRORS) break;
  }
  return found.map(({ draft }) => draft);
}

interface Explained {
  readonly draft: Draft;
  readonly lineStart: number;
  /** What follows is read inside a bracket or a quote that was never meant to be open: it tells nothing. */
  readonly swallows: boolean;
}

function explain({ text }: Source, error: YAMLError, openedAt: OpenedAt): Explained {
  const opened = error.code === 'MISSING_CHAR' ? openedAt(error) : undefined;
  const lastInk = Math.max(0, text.trimEnd().length - 1);
  const start = Math.min(opened ?? Math.max(0, error.pos[0]), lastInk);
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const line = /.*/.exec(text.slice(lineStart))?.[0] ?? '';
  const [message, help] = MEANINGS[/^ *\t/.test(line) ? 'TAB_AS_INDENT' : error.code] ?? OTHERWISE;
  const bare = BARE_REFERENCE.test(text.slice(Math.max(lineStart, start - NEAR), start + NEAR));
  return {
    draft: compact({
      code: 'PB-C001' as const,
      message: opened === undefined ? message : 'what is opened here is never closed',
      span: { start, end: start + 1 },
      help: bare ? 'inside { } and [ ] put references in quotes' : help,
    }),
    lineStart,
    swallows: bare || opened !== undefined,
  };
}
