/** Outbound messages from a file: JSON or YAML, one or a list, whole or their content alone. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { isObject } from '../channels/json.ts';
import { OutboundContent } from '../message/content.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';

const id = z.string().min(1);

const Message = z
  .object({
    content: OutboundContent,
    replyTo: id.optional(),
    conversation: id.optional(),
    thread: id.optional(),
    address: z
      .object({ conversation: id.optional(), thread: id.optional(), route: id.optional() })
      .optional()
      .describe('As in a message of the hub; whose tenant and channel it names does not matter.'),
  })
  .transform(({ address, content, replyTo, ...flat }) => ({
    content: content as OutboundContent,
    replyTo,
    conversation: flat.conversation ?? address?.conversation,
    thread: flat.thread ?? address?.thread,
    route: address?.route,
  }));

export type Given = z.output<typeof Message>;

/** A number is the exit code after what is wrong was told; what a message says is in no error. */
export async function readMessages(file: string, session: Session): Promise<readonly Given[] | ExitCode> {
  const text = await readText(file, session);
  if (text === null) return EXIT.usage;
  const value = readValue(text);
  if (value === undefined) {
    session.problem(`${file} is neither JSON nor YAML`);
    return EXIT.problems;
  }
  const given: Given[] = [];
  const list = Array.isArray(value) ? value : [value];
  for (const [index, one] of list.entries()) {
    const read = Message.safeParse(isObject(one) && 'kind' in one ? { content: one } : one);
    if (read.success) given.push(read.data);
    else
      session.problem(
        `${list.length === 1 ? 'the message' : `message ${index + 1}`} is not valid:\n${z.prettifyError(read.error)}`,
      );
  }
  if (list.length === 0) session.problem(`${file} holds no message`);
  return given.length === list.length && list.length > 0 ? given : EXIT.problems;
}

async function readText(file: string, { io, problem }: Session): Promise<string | null> {
  try {
    const bytes = file === '-' ? await io.read() : await readFile(resolve(io.cwd, file));
    return bytes.toString('utf8').replace(/^\ufeff/, '');
  } catch (error) {
    problem(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
    return null;
  }
}

/** JSON first: YAML reads it as well, but slowly. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return parse(text) ?? undefined;
    } catch {
      return undefined;
    }
  }
}
