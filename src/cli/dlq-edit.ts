/** `patchbay dlq edit`: a message's content as JSON, in an editor or from a file, checked by the hub. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DeadLetter } from '../storage/dead-letters.ts';
import { atDesk, type Desk } from './dlq-client.ts';
import { editText } from './editor.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import { readConfig } from './settings.ts';
import { wordsOf } from './words.ts';

export interface EditFlags {
  readonly file?: string;
  readonly undo?: boolean;
}

export async function edit(id: string, flags: EditFlags, session: Session): Promise<ExitCode> {
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  return atDesk(config, session, desk => editAt(desk, id, flags, session));
}

async function editAt(desk: Desk, id: string, flags: EditFlags, session: Session): Promise<ExitCode> {
  const path = `/v1/dead-letters/${encodeURIComponent(id)}`;
  const found = await desk.ask<{ letter: DeadLetter }>(path);
  if (typeof found === 'number') return found;
  const { message, edited } = found.letter;
  if (message === null) {
    session.problem('it could not be read, so it has no content; a replay reads it again');
    return EXIT.problems;
  }
  if (flags.undo === true) return keep(desk, path, null, session);
  const before = JSON.stringify(edited ?? message.content, null, 2);
  const text =
    flags.file === undefined ? await inEditor(before, session) : await fromFile(flags.file, session);
  if (text === null) return EXIT.usage;
  const content = parsed(text);
  if (content === undefined) {
    session.problem('that is no JSON; nothing was changed');
    return EXIT.problems;
  }
  if (JSON.stringify(content) === JSON.stringify(JSON.parse(before))) {
    session.note('Nothing was changed.');
    return EXIT.ok;
  }
  return keep(desk, path, content, session);
}

async function keep(desk: Desk, path: string, content: unknown, session: Session): Promise<ExitCode> {
  const kept = await desk.ask<DeadLetter>(path, { method: 'PATCH', body: { content } });
  if (typeof kept === 'number') return kept;
  if (session.settings.json) session.json(kept);
  // What the hub keeps as edited was checked against the form of contents.
  else session.line(kept.edited === null ? 'as it was at first' : `edited: ${wordsOf(kept.edited as never)}`);
  return EXIT.ok;
}

async function inEditor(text: string, { io, problem }: Session): Promise<string | null> {
  const edited = await editText(text, io);
  if (edited.ok) return edited.text;
  problem(`${edited.problem}; nothing was changed`);
  return null;
}

async function fromFile(file: string, { io, problem }: Session): Promise<string | null> {
  try {
    return (file === '-' ? await io.read() : await readFile(resolve(io.cwd, file))).toString('utf8');
  } catch (error) {
    problem(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
    return null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
