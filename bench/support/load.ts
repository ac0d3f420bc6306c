/**
 * The load: a process of its own, over keep-alive connections; in a closed loop, or so many a second whatever the
 * server does. Requests are made before the clock
 * starts; sockets and a minimal reading of answers keep its own cost small. Started by `runLoad`.
 */
import { fork } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { HARD_LIMIT_MS } from '../../src/server/webhooks.ts';
import { slackRequest } from './slack-event.ts';
import { percentile } from './statistics.ts';

export interface LoadOptions {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  /** How many requests are made beforehand; the segment ends early when they are used up. */
  readonly prepared: number;
  /** Open loop: each has its time, and what it waits for a connection counts. */
  readonly perSecond?: number;
  /** Of each body, at least. */
  readonly bytes?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Answers that were not 200. */
  readonly refused: number;
  /** Of those, the ones that came only after as long as the hub tries: the disk, or the machine, stood still. */
  readonly refusedLate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function runLoad(options: LoadOptions, onStart: () => void): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(options)]);
    child.on('message', message => {
      if (message === 'start') onStart();
      else resolve(message as LoadResult);
    });
    child.on('exit', code => code !== 0 && reject(new Error(`the load ended with ${code}`)));
  });
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** Whether `bytes` hold one whole answer. */
function isWhole(bytes: Buffer): boolean {
  const head = bytes.indexOf(END_OF_HEAD);
  if (head === -1) return false;
  const text = bytes.toString('latin1', 0, head).toLowerCase();
  if (text.includes('transfer-encoding: chunked'))
    return bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
  const length = Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0);
  return bytes.length >= head + END_OF_HEAD.length + length;
}

async function main(options: LoadOptions): Promise<void> {
  const requests = Array.from({ length: options.prepared }, () => slackRequest(options.path, options.bytes));
  const sockets = await Promise.all(Array.from({ length: options.connections }, () => open(options.port)));
  const latencies: number[] = [];
  let next = 0;
  let refused = 0;
  let refusedLate = 0;
  const refuse = (waitedMs: number): void => {
    refused++;
    if (waitedMs >= HARD_LIMIT_MS) refusedLate++;
  };
  process.send?.('start');
  const started = performance.now();
  const end = started + options.seconds * 1000;
  if (options.perSecond !== undefined) {
    const at = (n: number): number => started + (n / (options.perSecond ?? 1)) * 1_000;
    await openLoop({ sockets, requests, at, end }, ({ latencyMs, waitedMs, ok }) => {
      latencies.push(latencyMs);
      if (!ok) refuse(waitedMs);
    });
  } else
    await Promise.all(
      sockets.map(
        socket =>
          new Promise<void>(resolve => {
            let sentAt = 0;
            let answer: Buffer | null = null;
            const send = (): void => {
              const request = requests[next];
              if (request === undefined || performance.now() > end) return resolve();
              next++;
              sentAt = performance.now();
              socket.write(request);
            };
            socket.on('data', chunk => {
              answer = answer === null ? chunk : Buffer.concat([answer, chunk]);
              if (!isWhole(answer)) return;
              const waitedMs = performance.now() - sentAt;
              if (answer[9] !== 0x32) refuse(waitedMs);
              answer = null;
              latencies.push(waitedMs);
              send();
            });
            send();
          }),
      ),
    );
  const seconds = (performance.now() - started) / 1000;
  for (const socket of sockets) socket.destroy();
  latencies.sort((one, other) => one - other);
  const result: LoadResult = {
    requests: latencies.length,
    seconds,
    refused,
    refusedLate,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
  process.send?.(result, () => process.exit(0));
}

interface OpenLoop {
  readonly sockets: readonly Socket[];
  readonly requests: readonly Buffer[];
  /** When the nth is due. */
  readonly at: (n: number) => number;
  readonly end: number;
}

interface Answer {
  /** Since it was due. */
  readonly latencyMs: number;
  /** Since it was sent. */
  readonly waitedMs: number;
  readonly ok: boolean;
}

const TICK_MS = 1;

/** Resolves when all that were due are answered. */
function openLoop(
  { sockets, requests, at, end }: OpenLoop,
  onAnswer: (answer: Answer) => void,
): Promise<void> {
  const free: Socket[] = [...sockets];
  const waiting: { readonly request: Buffer; readonly dueAt: number }[] = [];
  const underWay = new Map<Socket, { readonly dueAt: number; readonly sentAt: number }>();
  let next = 0;
  const give = (): void => {
    while (free.length > 0 && waiting.length > 0) {
      const [socket, one] = [free.pop(), waiting.shift()];
      if (socket === undefined || one === undefined) return;
      underWay.set(socket, { dueAt: one.dueAt, sentAt: performance.now() });
      socket.write(one.request);
    }
  };
  return new Promise(resolve => {
    const tick = setInterval(() => {
      for (; at(next) <= performance.now() && at(next) < end; next++) {
        const request = requests[next];
        if (request !== undefined) waiting.push({ request, dueAt: at(next) });
      }
      give();
      if (performance.now() < end || waiting.length > 0 || free.length < sockets.length) return;
      clearInterval(tick);
      resolve();
    }, TICK_MS);
    for (const socket of sockets) {
      let answer: Buffer | null = null;
      socket.on('data', chunk => {
        answer = answer === null ? chunk : Buffer.concat([answer, chunk]);
        if (!isWhole(answer)) return;
        const now = performance.now();
        const { dueAt = now, sentAt = now } = underWay.get(socket) ?? {};
        onAnswer({ latencyMs: now - dueAt, waitedMs: now - sentAt, ok: answer[9] === 0x32 });
        answer = null;
        free.push(socket);
        give();
      });
    }
  });
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send !== undefined) {
  await main(JSON.parse(process.argv[2] ?? '{}') as LoadOptions);
}
