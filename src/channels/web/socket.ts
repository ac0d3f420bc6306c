/** One WebSocket of a visitor: floods, slow readers and dead lines end here; what is said is `talk.ts`. */
import type { RawData, WebSocket } from 'ws';
import { buckets } from './limits.ts';
import { CLOSE, type ConnectionContext, type Line, talk } from './talk.ts';

export interface Connection {
  /** Called at every heartbeat; a connection that is dead or whose token ran out ends here. */
  beat(): void;
  /** Says goodbye; who does not answer is cut off soon. Resolves once it is over. */
  close(): Promise<void>;
}

/** How long the hub waits for the last word of who is there while it stops. */
export const GOODBYE_MS = 1_000;

/** `offered` is a token from the sub-protocol header; else the first frame brings it. */
export function socketConnection(
  socket: WebSocket,
  context: ConnectionContext,
  offered: string | undefined,
): Connection {
  const { limits } = context;
  const over = Promise.withResolvers<void>();
  const flood = buckets(limits.framesPerSecond, limits.frameBurst, context.now);
  let alive = true;

  const line: Line = {
    isOpen: () => socket.readyState === socket.OPEN,
    send(frame) {
      if (!line.isOpen()) return Promise.resolve();
      const sent = new Promise<void>(resolve => {
        // An error here means that the socket closes, which its own event tells.
        socket.send(JSON.stringify(frame), () => resolve());
      });
      if (socket.bufferedAmount > limits.bufferedBytes) line.close(CLOSE.later, 'slow reader');
      return sent;
    },
    close(code, reason) {
      socket.close(code, reason);
      // A reader that takes nothing more would hold what is buffered for ever.
      setTimeout(() => socket.terminate(), limits.patienceMs).unref();
    },
  };
  const talking = talk(line, context, offered);
  const hear = inOrder(line, limits.waitingBytes, talking.hear);
  const impatient = setTimeout(() => {
    if (!talking.greeted()) line.close(CLOSE.refused, 'no hello');
  }, limits.patienceMs);
  /** Control frames count as well: answering a ping is work. */
  const isFlood = (): boolean => {
    if (flood.take('') === 0) return false;
    line.close(CLOSE.refused, 'too many frames');
    return true;
  };

  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (!line.isOpen() || isFlood()) return;
    if (isBinary) line.close(CLOSE.refused, 'text frames only');
    else hear(bytesOf(data));
  });
  socket.on('ping', isFlood);
  socket.on('pong', () => {
    alive = true;
    isFlood();
  });
  // Too large a frame, a broken one, a reset: `ws` closes with the right code and tells us here.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(impatient);
    talking.end();
    over.resolve();
  });

  return {
    beat() {
      if (talking.isExpired()) return line.close(CLOSE.refused, 'token expired');
      if (!alive) return socket.terminate();
      alive = false;
      socket.ping();
      // A browser's script never sees a ping, but must notice when the hub is gone.
      if (talking.greeted()) void line.send({ type: 'ping' });
    },
    close() {
      line.close(CLOSE.away, 'going away');
      setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
      return over.promise;
    },
  };
}

/** One after the other, so that what was written first is stored first; a bounded number of bytes waits. */
function inOrder(
  line: Line,
  maxBytes: number,
  handle: (bytes: Buffer) => Promise<void>,
): (bytes: Buffer) => void {
  let waiting = 0;
  let work: Promise<void> = Promise.resolve();
  const next = async (bytes: Buffer): Promise<void> => {
    try {
      if (line.isOpen()) await handle(bytes);
    } catch {
      line.close(CLOSE.later, 'try again');
    } finally {
      waiting -= bytes.length;
    }
  };
  return bytes => {
    waiting += bytes.length;
    if (waiting > maxBytes) line.close(CLOSE.later, 'try again');
    work = work.then(() => next(bytes));
  };
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
