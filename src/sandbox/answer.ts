/** Answers on the wire, as the weather lets them through. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { PlatformAnswer } from './platform.ts';
import type { AnswerAct } from './weather.ts';

/** Whether the platform does what it is asked before the act. */
export function isHandled(act: AnswerAct | null): boolean {
  if (act === null) return true;
  switch (act.kind) {
    case 'refuse':
    case 'expired-token':
      return false;
    case 'trickle':
    case 'wrong-json':
      return true;
    default:
      return act.delivered;
  }
}

/** Writes the answer, or what the act makes of it. Never throws; whoever asked may be gone. */
export function respond(response: ServerResponse, answer: PlatformAnswer, act: AnswerAct | null): void {
  switch (act?.kind) {
    case 'reset':
      return reset(response, answer, act.atByte);
    case 'hang':
      // Without a time: until whoever asked gives up, or the sandbox ends.
      if (act.ms !== undefined) later(response, act.ms, () => write(response, answer));
      return;
    case 'trickle':
      return trickle(response, answer, act);
    case 'wrong-json': {
      const { bytes, type } = encoded(answer);
      const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
      response.writeHead(200, { 'content-type': type, 'content-length': half.length }).end(half);
      return;
    }
    default:
      return write(response, answer);
  }
}

/** The body as bytes, and what it is. */
function encoded({ body, headers }: PlatformAnswer): { readonly bytes: Buffer; readonly type: string } {
  const given = headers?.['content-type'];
  if (body instanceof Uint8Array) {
    return { bytes: Buffer.from(body), type: given ?? 'application/octet-stream' };
  }
  if (typeof body === 'string') return { bytes: Buffer.from(body), type: given ?? 'text/plain' };
  return { bytes: Buffer.from(JSON.stringify(body)), type: given ?? 'application/json; charset=utf-8' };
}

function write(response: ServerResponse, answer: PlatformAnswer): void {
  if (response.destroyed) return;
  const { bytes, type } = encoded(answer);
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-type': type,
    'content-length': bytes.length,
  });
  response.end(bytes);
}

/** The answer's bytes as they would have gone out, cut, and then a reset instead of an end. */
function reset(response: ServerResponse, answer: PlatformAnswer, atByte: number): void {
  const { socket } = response;
  if (socket === null) return;
  const { bytes, type } = encoded(answer);
  const lines = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`,
    ...Object.entries(answer.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    `content-type: ${type}`,
    `content-length: ${bytes.length}`,
  ];
  const whole = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]);
  if (atByte === 0) socket.resetAndDestroy();
  else socket.write(whole.subarray(0, atByte), () => socket.resetAndDestroy());
}

function trickle(
  response: ServerResponse,
  answer: PlatformAnswer,
  act: { readonly bytes: number; readonly everyMs: number },
): void {
  const { bytes, type } = encoded(answer);
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-type': type,
    'content-length': bytes.length,
  });
  const next = (from: number): void => {
    if (from >= bytes.length) {
      response.end();
      return;
    }
    response.write(bytes.subarray(from, from + act.bytes));
    later(response, act.everyMs, () => next(from + act.bytes));
  };
  next(0);
}

/** Not at all where the connection ends before. */
function later(response: ServerResponse, afterMs: number, run: () => void): void {
  const timer = setTimeout(() => {
    response.off('close', cancel);
    run();
  }, afterMs);
  const cancel = (): void => clearTimeout(timer);
  response.once('close', cancel);
}
