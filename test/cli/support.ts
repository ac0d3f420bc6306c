/** The command line, run in this process against a hub in a process of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/program.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { temporaryFolder } from '../support/folder.ts';
import { until } from '../support/wait.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = join(ROOT, 'bin/patchbay.mjs');

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface World {
  /** The environment; nothing of this process's own is seen. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Buffer;
  readonly terminal?: boolean;
  /** What happens between a question and its answer. */
  readonly onAsked?: () => Promise<void>;
}

/** One command, with its exit code and everything it wrote. */
export async function patchbay(args: readonly string[], world: World = {}): Promise<Ended> {
  const { env = {}, cwd = ROOT, input = '', terminal = false } = world;
  let out = '';
  let err = '';
  const code = await runCli(args, {
    environment: readEnvironment(env),
    cwd,
    isTerminal: terminal,
    write(text) {
      out += text;
    },
    tell(text) {
      err += text;
    },
    read: async () => Buffer.from(input),
    async ask(question) {
      err += question;
      await world.onAsked?.();
      return String(input);
    },
  });
  return { code, out, err };
}

export interface HubProcess {
  readonly data: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** A command beside this hub. */
  run(...args: readonly string[]): Promise<Ended>;
  /** The same with `--json`: what it printed. */
  json<T>(...args: readonly string[]): Promise<T>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The configuration as it is shipped, in a folder of its own; resolves when the hub is ready. */
export async function startHubProcess(): Promise<HubProcess> {
  const folder = temporaryFolder();
  const cwd = folder.path;
  cpSync(join(ROOT, 'config'), join(cwd, 'config'), { recursive: true });
  const data = join(cwd, 'data');
  const env = { PATCHBAY_DATA: data, PORT: String(await freePort()) };
  const child = spawn(process.execPath, [BIN, 'start'], {
    cwd,
    env: { ...env, PATH: String(process.env.PATH), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', text => {
      said += text;
    });
  }
  await until(() => {
    assert.equal(child.exitCode, null, said);
    return existsSync(join(data, 'run.json'));
  }, 'the hub');
  const run = (...args: readonly string[]) => patchbay(args, { env, cwd });
  const stop = (): Promise<void> => ended(child);
  return {
    data,
    cwd,
    env,
    run,
    stop,
    async json(...args) {
      const { out, err } = await run('--json', ...args);
      try {
        return JSON.parse(out);
      } catch {
        throw new Error(`not JSON: ${out}\n${err}`);
      }
    },
    async [Symbol.asyncDispose]() {
      await stop();
      folder[Symbol.dispose]();
    },
  };
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
