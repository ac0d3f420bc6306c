/** A text in the editor of whoever is there. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from './io.ts';

export type EditedText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

/** In a folder that only we may read, gone afterwards. */
export async function editText(text: string, io: Io): Promise<EditedText> {
  const { VISUAL = '', EDITOR = '' } = io.environment.variables;
  const [command = 'vi', ...rest] = (VISUAL.trim() || EDITOR.trim() || 'vi').split(/\s+/);
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-'));
  try {
    const file = join(folder, 'content.json');
    await writeFile(file, `${text}\n`, { mode: 0o600 });
    const ended = await run(command, [...rest, file]);
    if (ended !== null) return { ok: false, problem: `${command} ${ended}` };
    return { ok: true, text: await readFile(file, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Null when it ended well. */
function run(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise(settle => {
    const editor = spawn(command, args, { stdio: 'inherit' });
    editor.on('error', (error: NodeJS.ErrnoException) =>
      settle(`cannot be started: ${error.code ?? 'unknown'}`),
    );
    editor.on('exit', (code, signal) => settle(code === 0 ? null : `ended with ${signal ?? code}`));
  });
}
