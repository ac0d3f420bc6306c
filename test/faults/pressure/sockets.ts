/** Connections that say nothing, and some that say a header a second: as many as asked, made anew when they end. */
import { connect, type Socket } from 'node:net';

export interface Sockets extends Disposable {
  /** Open at the moment. */
  readonly open: number;
  /** How often one was made. */
  readonly made: number;
}

const DRIP_MS = 1_000;
const BATCH = 500;
/** Of those that ended: more, and we starve ourselves. */
const AGAIN_BATCH = 100;
const MAKE_MS = 100;

/** Of `count`, this many drip. */
export function holdSockets(url: string, count: number, dripping: number): Sockets {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  let made = 0;
  let isOver = false;

  function make(): void {
    const drips = made++ % count < dripping;
    const socket = connect(Number(port), hostname, () => {
      if (drips) socket.write('POST /webhooks/none HTTP/1.1\r\nHost: hub\r\n');
    });
    open.add(socket);
    const drip = setInterval(() => drips && socket.writable && socket.write('X-A: b\r\n'), DRIP_MS);
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(drip);
      open.delete(socket);
    });
    socket.resume();
  }

  const filling = setInterval(() => {
    const missing = Math.min(made < count ? BATCH : AGAIN_BATCH, count - open.size);
    for (let n = 0; n < missing && !isOver; n++) make();
  }, MAKE_MS);
  return {
    get open() {
      return open.size;
    },
    get made() {
      return made;
    },
    [Symbol.dispose]() {
      isOver = true;
      clearInterval(filling);
      for (const socket of open) socket.destroy();
    },
  };
}
