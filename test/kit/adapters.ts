/** Adapters in folders of their own: the scaffold as it is written, and with a part of it replaced. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAdapter } from '../../src/cli/new-adapter.ts';
import { temporaryFolder } from '../support/folder.ts';

/** In a file: this text becomes that one. */
export type Change = readonly [file: string, from: string, to: string];

/** The one thing an author has to do before the scaffold conforms. */
export const READS_TEXTS: Change = [
  'parse.ts',
  "  return { kind: 'unsupported',",
  `  const { text, type } = content;
  if (type === 'text' && typeof text === 'string') return { kind: 'text', text };
  return { kind: 'unsupported',`,
];

let last = 0;

/** A folder outside the repository with an adapter of a type of its own, gone with the scope. */
export function adapterFolder(...changes: readonly Change[]) {
  const folder = temporaryFolder();
  const type = `my-chat-${++last}`;
  writeAdapter(type, folder.path);
  for (const [file, from, to] of changes) {
    const path = join(folder.path, file);
    const text = readFileSync(path, 'utf8');
    assert.ok(text.includes(from), `${file} has no ${JSON.stringify(from)}`);
    writeFileSync(path, text.replace(from, to));
  }
  return { path: folder.path, type, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
