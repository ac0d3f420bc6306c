/** Reading a request's body: raw bytes, with a bound that holds while they stream in. */
import type { IncomingMessage } from 'node:http';

export type Body =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly reason: 'too-large' | 'aborted' };

const EMPTY = Buffer.alloc(0);

/** Calls back once. The server's own request time-out ends a body that never comes. */
export function readBody(request: IncomingMessage, maxBytes: number, done: (body: Body) => void): void {
  const declared = Number(request.headersDistinct['content-length']?.[0] ?? 0);
  if (declared > maxBytes) return done({ ok: false, reason: 'too-large' });
  let first: Buffer | null = null;
  let chunks: Buffer[] | null = null;
  let bytes = 0;
  let ended = false;
  const end = (body: Body): void => {
    if (ended) return;
    ended = true;
    done(body);
  };
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (ended) return;
    if (bytes > maxBytes) return end({ ok: false, reason: 'too-large' });
    if (first === null) first = chunk;
    else if (chunks === null) chunks = [first, chunk];
    else chunks.push(chunk);
  });
  request.on('end', () =>
    end({ ok: true, bytes: chunks === null ? (first ?? EMPTY) : Buffer.concat(chunks) }),
  );
  request.on('error', () => end({ ok: false, reason: 'aborted' }));
  request.on('close', () => end({ ok: false, reason: 'aborted' }));
}
