/** Between two parties that speak TCP: passes bytes on, or does what networks do to them. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What happens to one connection. Bytes are counted over its whole life, so any request on it may be hit. */
export type Manner =
  | { readonly kind: 'pass' }
  /** Every piece takes so long, in both directions. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The answers' bytes come so few at a time. */
  | { readonly kind: 'trickle'; readonly bytes: number; readonly everyMs: number }
  /** After so many bytes of requests, or of answers: the connection is reset, ended, or silent for ever. */
  | {
      readonly kind: 'reset' | 'cut' | 'stall';
      readonly of: 'requests' | 'answers';
      readonly afterBytes: number;
    }
  /** After so many bytes of requests the other side is gone, and nobody says so. */
  | { readonly kind: 'half-open'; readonly afterBytes: number };

export interface TcpProxy extends AsyncDisposable {
  readonly url: string;
  readonly connections: number;
  /** How many had something happen to them. */
  readonly harmed: number;
  /** Ends all there are, so that what `manner` says now holds for the next. */
  endAll(): void;
}

const PASS: Manner = { kind: 'pass' };

export async function tcpProxy(target: string, manner: () => Manner): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let connections = 0;
  let harmed = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, near => {
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    connections++;
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', () => {});
    }
    const how = manner();
    join(near, far, how, () => harmed++);
  });
  await listen(server);
  const { port: own } = server.address() as { port: number };
  const endAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${own}`,
    get connections() {
      return connections;
    },
    get harmed() {
      return harmed;
    },
    endAll,
    [Symbol.asyncDispose]() {
      endAll();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

function join(near: Socket, far: Socket, how: Manner, onHarm: () => void): void {
  const isOf = (side: 'requests' | 'answers'): boolean =>
    how.kind === 'half-open' ? side === 'requests' : 'of' in how && how.of === side;
  const end = (): void => {
    onHarm();
    if (how.kind === 'reset') for (const socket of [near, far]) socket.resetAndDestroy();
    else if (how.kind === 'cut') for (const socket of [near, far]) socket.destroy();
    else if (how.kind === 'half-open') far.destroy();
  };
  carry(near, far, isOf('requests') ? how : speedOf(how, false), end);
  carry(far, near, isOf('answers') ? how : speedOf(how, true), end);
  // A party that is gone is gone for the other as well, unless nobody is to notice.
  near.on('close', () => far.destroy());
  far.on('close', () => {
    if (how.kind !== 'half-open') near.destroy();
  });
}

function speedOf(how: Manner, isAnswer: boolean): Manner {
  if (how.kind === 'delay') return how;
  return how.kind === 'trickle' && isAnswer ? how : PASS;
}

/** One direction. */
function carry(from: Socket, to: Socket, how: Manner, end: () => void): void {
  let left = 'afterBytes' in how ? how.afterBytes : Number.POSITIVE_INFINITY;
  let isOver = false;
  let last = Promise.resolve();
  const inTurn = (step: () => void | Promise<void>): void => {
    last = last.then(step);
  };
  from.on('data', (bytes: Buffer) => {
    if (isOver) return;
    const passing = bytes.length > left ? bytes.subarray(0, left) : bytes;
    left -= passing.length;
    if (how.kind === 'delay') inTurn(() => later(how.ms, () => void to.write(passing)));
    else if (how.kind === 'trickle') inTurn(() => trickle(to, passing, how));
    else if (passing.length > 0) to.write(passing);
    if (left > 0) return;
    isOver = true;
    end();
  });
  from.on('end', () => inTurn(() => void (isOver || to.end())));
}

const later = (ms: number, then: () => void): Promise<void> =>
  new Promise(resolve =>
    setTimeout(() => {
      then();
      resolve();
    }, ms),
  );

async function trickle(
  to: Socket,
  bytes: Buffer,
  { bytes: few, everyMs }: Extract<Manner, { kind: 'trickle' }>,
): Promise<void> {
  for (let at = 0; at < bytes.length && !to.destroyed; at += few)
    await later(everyMs, () => void to.write(bytes.subarray(at, at + few)));
}
