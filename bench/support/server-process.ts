/** A server under test, as a child process that tells its port, its processor time and, if it has any, its backlog. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Usage {
  /** User and system time of all its threads, in microseconds. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  usage(): Promise<Usage>;
  /** Resolves when nothing that was accepted still waits to be taken in. */
  settled(): Promise<void>;
}

export async function startServerProcess(name: string, args: readonly string[] = []): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(`../servers/${name}.ts`, import.meta.url));
  const child = fork(path, [...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const { port } = await answer<{ port: number }>(child, null);
  return {
    port,
    usage: () => answer<Usage>(child, 'usage'),
    settled: async () => void (await answer(child, 'settled')),
    async [Symbol.asyncDispose]() {
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function answer<T>(child: ChildProcess, question: string | null): Promise<T> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      child.off('exit', onExit);
      resolve(message as T);
    };
    const onExit = (code: number | null): void => {
      child.off('message', onMessage);
      reject(new Error(`the server ended with ${code}`));
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
    if (question !== null) child.send(question);
  });
}

/** The child's side. */
export function serve(port: number, settled: () => Promise<void>): void {
  process.on('message', async question => {
    if (question === 'settled') await settled();
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system, rssBytes: process.memoryUsage.rss() } satisfies Usage);
  });
  process.send?.({ port });
}
