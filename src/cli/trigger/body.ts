/** The bodies to send: made up, given in a file, or edited by hand. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ChannelConfig } from '../../config/config.ts';
import type { Draft, Trigger, Webhook } from '../../sandbox/platform.ts';
import { buildTrigger, encode } from '../../sandbox/trigger.ts';
import type { Io } from '../io.ts';
import { contentTypeOf } from '../parse.ts';

export type Body =
  | { readonly ok: true; readonly webhook: Webhook; readonly draft: Draft | null }
  | { readonly ok: false; readonly problem: string };

const failed = (problem: string): Body => ({ ok: false, problem });

/** Makes one body after the other, each with ids of its own. */
export function bodyMaker(
  trigger: Trigger,
  { adapter }: Pick<ChannelConfig, 'adapter'>,
  params: Readonly<Record<string, string>>,
  /** Of the account at the sandbox. */
  url?: string,
): () => Body {
  let last = 0;
  return () => {
    // Some platforms' ids are times: two of the same millisecond could be taken for one.
    last = Math.max(Date.now(), last + 1);
    return buildTrigger(trigger, { config: adapter, url, params, now: last, random: Math.random });
  };
}

/** A raw body, whatever it is; of a form unless it looks like JSON. */
export async function bodyOfFile(file: string, io: Io): Promise<Body> {
  try {
    const body = file === '-' ? await io.read() : await readFile(resolve(io.cwd, file));
    const contentType = contentTypeOf(body) ?? 'application/json';
    return { ok: true, webhook: { body: body.toString('utf8'), contentType }, draft: null };
  } catch (error) {
    return failed(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}

/** The body after somebody changed it: a made one as its JSON, a given one as it is. */
export async function editedBody(given: Extract<Body, { ok: true }>, io: Io): Promise<Body> {
  const { VISUAL = '', EDITOR = '' } = io.environment.variables;
  const [command = 'vi', ...args] = (VISUAL.trim() || EDITOR.trim() || 'vi').split(/\s+/);
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-'));
  try {
    const file = join(folder, 'webhook.json');
    const { draft, webhook } = given;
    await writeFile(file, draft === null ? webhook.body : `${JSON.stringify(draft.json, null, 2)}\n`);
    const ended = await edit(command, [...args, file]);
    if (ended !== null) return failed(`${command} ${ended}`);
    const text = await readFile(file, 'utf8');
    return draft === null ? { ...given, webhook: { ...webhook, body: text } } : reread(text, draft);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Null when it ended well. */
function edit(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise(settle => {
    const editor = spawn(command, args, { stdio: 'inherit' });
    editor.on('error', (error: NodeJS.ErrnoException) =>
      settle(`cannot be started: ${error.code ?? 'unknown'}`),
    );
    editor.on('exit', (code, signal) => settle(code === 0 ? null : `ended with ${signal ?? code}`));
  });
}

function reread(text: string, { encoding }: Draft): Body {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      return failed('the body is no JSON object');
    const draft = { json: json as Draft['json'], encoding };
    return { ok: true, webhook: encode(draft), draft };
  } catch {
    return failed('what was edited is not JSON any more');
  }
}
