/** One configuration file, read and parsed; the first half of every check. */
import { isAbsolute, relative } from 'node:path';
import { type Files, MAX_FILE_BYTES } from './files.ts';
import type { Source } from './source.ts';
import type { Draft, Node } from './tree.ts';
import { parseYaml } from './yaml.ts';

export interface Document {
  /** The absolute path. */
  readonly path: string;
  readonly source: Source;
  /** Absent where the file cannot be read or understood; the drafts say why. */
  readonly root?: Node;
  /** True where nobody can say which part of the text is a secret. */
  readonly broken: boolean;
  /** True where there is no text at all. */
  readonly unread: boolean;
  readonly drafts: readonly Draft[];
}

export function readDocument(path: string, files: Files, cwd: string): Document {
  const file = shownPath(path, cwd);
  const unread = (draft: Draft): Document => ({
    path,
    source: { file, text: '' },
    broken: true,
    unread: true,
    drafts: [draft],
  });
  const content = files.read(path);
  if (!content.ok) {
    return unread(
      content.reason === 'too large'
        ? { code: 'PB-C018', message: `the file is larger than ${MAX_FILE_BYTES / 1_000_000} MB` }
        : { code: 'PB-C016', message: UNREADABLE[content.reason] },
    );
  }
  if (content.bytes.length > MAX_FILE_BYTES) {
    return unread({ code: 'PB-C018', message: `the file is larger than ${MAX_FILE_BYTES / 1_000_000} MB` });
  }
  const text = decoded(content.bytes);
  if (text === undefined) {
    return unread({ code: 'PB-C017', message: 'the file is not UTF-8 text', help: 'save it as UTF-8' });
  }
  const source = { file, text };
  return { path, source, unread: false, ...parseYaml(source) };
}

const UNREADABLE = {
  missing: 'the file does not exist',
  'not a file': 'this is not a file',
  'not allowed': 'the file may not be read by this user',
} as const;

/** Without a byte order mark; NUL means another encoding. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Relative to the working directory where it is below it. */
function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short;
}
