/** A file with a schema of its own, as the assistant's: read, checked, and told of like all others. */
import type { z } from 'zod';
import { readDocument } from './documents.ts';
import type { Files } from './files.ts';
import { draftsOf } from './issues.ts';
import { hiddenIn, hiddenInText, wordsOf } from './mask.ts';
import type { Problem } from './problem.ts';
import type { LookUp } from './references.ts';
import { resolveTree } from './resolve.ts';
import { holdsSecret } from './schema.ts';
import { settle } from './tree.ts';

export interface FileContext {
  readonly files: Files;
  readonly cwd: string;
  readonly lookUp: LookUp;
}

export interface CheckedFile<Value> {
  /** As it is shown. */
  readonly file: string;
  /** What the schema puts out; undefined where there is a problem. */
  readonly value: Value | undefined;
  readonly problems: readonly Problem[];
}

export function checkFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  { files, cwd, lookUp }: FileContext,
): CheckedFile<z.output<Schema>> {
  const document = readDocument(path, files, cwd);
  const { root, source, drafts } = document;
  // A file that has no place for a secret is shown as it is.
  const open = !holdsSecret(schema);
  if (root === undefined) {
    const hidden = open ? [] : hiddenInText(source, wordsOf([schema], []));
    return { file: source.file, value: undefined, problems: settle(source, drafts, hidden) };
  }
  const resolved = resolveTree(root, schema, {
    lookUp,
    openTop: false,
    unset: () => ({ kind: 'problem', help: 'it has no other value' }),
  });
  const parsed = schema.safeParse(resolved.value);
  const issues = draftsOf(parsed.error?.issues ?? [], root, schema, resolved);
  const found = [...drafts, ...resolved.drafts, ...issues];
  return {
    file: source.file,
    value: found.length === 0 ? parsed.data : undefined,
    problems: settle(source, found, open ? [] : hiddenIn(source, root, schema)),
  };
}
