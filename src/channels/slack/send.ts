/** One wire message, one call, and whether Slack took it. */
import { failed, type SendResult } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import type { SendContext } from '../channel.ts';
import { asId } from '../json.ts';
import { readAnswer, unclear } from './answer.ts';
import type { Call } from './client.ts';
import { isTs, messageId } from './ids.ts';
import { MARKER_EVENT } from './own.ts';
import type { Wire } from './render.ts';
import type { Uploader } from './upload.ts';

export function sender(
  call: Call,
  now: () => number,
  write: Uploader = async wire => ({ ok: true, wire }),
): (wire: Wire, context: SendContext) => Promise<SendResult> {
  return async (wire, context) => {
    const written = await write(wire, context);
    if (!written.ok) return written;
    const { method, arguments: args } = written.wire;
    const { marker, attempt, signal } = context;
    const marked = method === 'chat.postMessage' ? { metadata: markerMetadata(marker), ...args } : args;
    const answered = readAnswer(method, await call(method, marked, { signal }), now());
    if (answered.kind === 'done') return { ok: true, platformId: null };
    if (answered.kind === 'fault') {
      const { code, detail, ...more } = answered.fault;
      // What an earlier attempt deleted is gone now.
      const deleted = method === 'chat.delete' && attempt > 1 && more.platformCode === 'message_not_found';
      if (deleted) return { ok: true, platformId: null };
      // Posting is counted by channel: others may go on.
      const ofChannel = code === 'rate-limited' && method === 'chat.postMessage';
      return failed(code, detail, ofChannel ? { ...more, scope: 'conversation' } : more);
    }
    const platformId = idOf(answered.result);
    // A message without its id could not be found again, and perhaps is none.
    if (method === 'chat.postMessage' && platformId === null) return { ok: false, fault: unclear(method) };
    return { ok: true, platformId };
  };
}

/** Comes back in the history and in events, so that a send without an answer can be settled. */
const markerMetadata = (marker: string): JsonObject => ({
  event_type: MARKER_EVENT,
  event_payload: { id: marker },
});

function idOf(result: JsonObject): string | null {
  const [channel, ts] = [asId(result.channel), asId(result.ts) ?? asId(result.message_ts)];
  return channel === undefined || !isTs(ts) ? null : messageId(channel, ts);
}
