/** One event stream of a visitor whose network lets no WebSocket through. What they write comes by POST. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { one } from './http.ts';
import { resume } from './resume.ts';
import { type Connection, GOODBYE_MS } from './socket.ts';
import type { Stream } from './streams.ts';
import type { ConnectionContext } from './talk.ts';
import type { Session } from './tokens.ts';
import type { Push, WebError } from './wire.ts';

/** `Last-Event-ID` is the sequence number of the last message the browser has. */
export function eventConnection(
  request: IncomingMessage,
  response: ServerResponse,
  session: Session,
  context: ConnectionContext,
): Connection {
  const { limits, streams, now } = context;
  const { conversation, visitor } = session;

  const end = (code: WebError['code'], message: string): void => {
    if (response.writableEnded) return;
    response.end(`event: error\ndata: ${JSON.stringify({ code, message } satisfies WebError)}\n\n`);
    // A reader that takes nothing more would hold what is buffered for ever.
    setTimeout(() => response.destroy(), limits.patienceMs).unref();
  };

  const write = (text: string): Promise<void> => {
    if (response.writableEnded || response.destroyed) return Promise.resolve();
    const written = new Promise<void>(resolve => {
      response.write(text, () => resolve());
    });
    if (response.writableLength > limits.bufferedBytes) end('unavailable', 'slow reader');
    return written;
  };

  const send = (push: Push): Promise<void> =>
    write(`id: ${push.seq}\nevent: message\ndata: ${JSON.stringify(push)}\n\n`);

  const resumed = resume({
    ...context,
    conversation,
    after: lastEventId(request),
    send,
    overflow: () => end('unavailable', 'slow reader'),
  });
  const stream: Stream = { conversation, visitor: visitor.id, push: resumed.push };

  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // nginx would otherwise hold events back: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
    'x-accel-buffering': 'no',
  });
  const over = Promise.withResolvers<void>();
  response.on('close', () => {
    streams.remove(stream);
    over.resolve();
  });
  streams.add(stream);
  void write(`event: ready\ndata: ${JSON.stringify({ conversation, heartbeat_ms: limits.heartbeatMs })}\n\n`);
  resumed.start().catch(() => end('unavailable', 'try again'));

  return {
    beat() {
      if (now() >= session.expiresAt) end('token-expired', 'the session has ended');
      else void write(': beat\n\n');
    },
    close() {
      end('unavailable', 'going away');
      setTimeout(() => response.destroy(), GOODBYE_MS).unref();
      return over.promise;
    },
  };
}

function lastEventId(request: IncomingMessage): number {
  const value = one(request, 'last-event-id') ?? '';
  return /^\d{1,15}$/.test(value) ? Number(value) : 0;
}
