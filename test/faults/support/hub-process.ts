/** The hub as a process of its own: started, killed, started again on the same folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Workplace } from './workplace.ts';

export interface HubProcess {
  readonly pid: number;
  readonly startedAt: number;
  /** Resolves true when it answers, false when it ended before. Rejects when it does neither for too long. */
  readonly ready: Promise<boolean>;
  /** Resolves when it is gone, with how. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): void;
}

const PROGRAM = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const START_LIMIT_MS = 60_000;
const LOOK_MS = 5;

export interface Launch {
  /** Beside that of the workplace: a named crash point. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A command that starts the hub as its own end, as `fiu-run …`; must replace itself by it. */
  readonly through?: readonly string[];
  /** Another program than the hub's own. */
  readonly program?: readonly string[];
}

export function startHubProcess(workplace: Workplace, launch: Launch = {}): HubProcess {
  const log = openSync(workplace.logFile, 'a');
  const { environment = {}, through = [] } = launch;
  const program = launch.program ?? [PROGRAM, 'start', '--quiet', '--config', workplace.configFile];
  const [command = process.execPath, ...rest] = [...through, process.execPath, ...program];
  const child = spawn(command, rest, {
    env: { ...process.env, ...workplace.environment, ...environment },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error('the hub cannot be started');
  // Nothing outlives the harness, however that ends.
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const ended = new Promise<Awaited<HubProcess['ended']>>(resolve => {
    child.once('exit', (code, signal) => {
      process.off('exit', killWithUs);
      resolve({ code, signal });
    });
  });
  return {
    pid,
    startedAt: performance.now(),
    ready: whenReady(child, pid, workplace),
    ended,
    kill: signal => void child.kill(signal),
  };
}

/** The hub writes down who and where it is once it answers; what the killed one before wrote names another. */
async function whenReady(child: ChildProcess, pid: number, { dataFolder }: Workplace): Promise<boolean> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    if (runningPid(dataFolder) === pid) return true;
    await new Promise(resolve => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`the hub did not answer within ${START_LIMIT_MS} ms`);
}

function runningPid(dataFolder: string): number | null {
  try {
    return (JSON.parse(readFileSync(join(dataFolder, 'run.json'), 'utf8')) as { pid: number }).pid;
  } catch {
    // Not there yet, or just being written.
    return null;
  }
}
