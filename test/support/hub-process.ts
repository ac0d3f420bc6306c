/** A hub in a process of its own, as it is started by hand. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HubFolder } from './hub.ts';
import { until } from './wait.ts';

const PATCHBAY = fileURLToPath(new URL('../../bin/patchbay.mjs', import.meta.url));

export interface HubProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it wrote to standard error so far. */
  readonly problems: string;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** Resolves with its addresses once it listens; rejects when it ends before. */
  listening(): Promise<{ readonly url: string; readonly sandbox: string }>;
  signal(name: NodeJS.Signals): void;
}

export function startProcess(
  { config, data }: Pick<HubFolder, 'config' | 'data'>,
  env: Readonly<Record<string, string>> = {},
  /** A command in front of it that leaves the hub its process id. */
  under: readonly string[] = [],
  /** In the place of `patchbay start`. */
  program: readonly string[] = [PATCHBAY, 'start', '--config', config],
): HubProcess {
  const [command, ...rest] = [...under, process.execPath, ...program];
  const child = spawn(command ?? process.execPath, rest, {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Nothing of the environment of whoever runs the tests: it might name real accounts.
    env: { PATH: process.env.PATH, PATCHBAY_DATA: data, PORT: '0', NO_COLOR: '1', ...env },
  });
  let problems = '';
  child.stderr.on('data', chunk => {
    problems += chunk;
  });
  let isOver = false;
  const ended = once(child, 'close').then(([code, signal]) => {
    isOver = true;
    return (code ?? signal) as number | string;
  });
  return {
    pid: child.pid ?? 0,
    get problems() {
      return problems;
    },
    ended,
    async listening() {
      let run: { pid: number; url: string; sandbox: string } | undefined;
      await until(() => {
        if (isOver) throw new Error(`the hub ended: ${problems}`);
        run = readRun(data);
        return run?.pid === child.pid;
      }, 'the hub to listen');
      if (run === undefined) throw new Error('the hub did not say where it is');
      return run;
    },
    signal: name => void child.kill(name),
    async [Symbol.asyncDispose]() {
      if (!isOver) child.kill('SIGKILL');
      await ended;
    },
  };
}

function readRun(data: string): { pid: number; url: string; sandbox: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(data, 'run.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
