/** A visitor's frame into the hub: checked, limited, stored, and only then acknowledged. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../message/json.ts';
import type { Hall } from '../front-door.ts';
import { readableJson } from '../json.ts';
import type { WebhookRequest } from '../webhook.ts';
import { asJson, type Frame, isSignal, messageIdOf, readFrame, textOf } from './frames.ts';
import { type Refusal, refuse } from './http.ts';
import { type Buckets, buckets, type DoorLimits } from './limits.ts';
import type { Session } from './tokens.ts';
import type { Uploads } from './uploads.ts';
import { TIMESTAMP } from './verify.ts';
import type { Accepted } from './wire.ts';

/** Says that the door wrote the request and authenticated the visitor. Nothing depends on it. */
const DOOR = 'x-patchbay-door';

export type Taken =
  | { readonly ok: true; readonly accepted: Accepted }
  | { readonly ok: false; readonly id?: string; readonly refusal: Refusal };

export interface Inbox {
  /** Never rejects. The same frame again gives the same answer; another frame with its id is a conflict. */
  take(session: Session, value: JsonObject): Promise<Taken>;
}

export interface InboxOptions {
  readonly hall: Hall;
  readonly now: () => number;
  readonly limits: DoorLimits;
  readonly messagesPerMinute: number;
  readonly maxText: number;
  readonly uploads: Pick<Uploads, 'resolve'>;
}

export function inbox({ hall, now, limits, messagesPerMinute, maxText, uploads }: InboxOptions): Inbox {
  const frames = buckets(limits.framesPerSecond, limits.frameBurst, now);
  const messages = buckets(messagesPerMinute / 60, messagesPerMinute, now);
  const seen = answers();

  const store = async (request: WebhookRequest, key: string, id: string): Promise<Taken> => {
    const stored = await hall.accept(request);
    if (stored.ok) return { ok: true, accepted: { id, message: key } };
    return { ok: false, id, refusal: refuse(503, 'unavailable', 'not stored: try again', 1_000) };
  };

  /** Null for what may be stored. */
  const limit = (frame: Frame, request: WebhookRequest, visitor: string): Refusal | null => {
    if ((textOf(frame)?.length ?? 0) > maxText)
      return refuse(413, 'too-large', `a text has at most ${maxText} characters`);
    // It is read once more behind the door, a little deeper: what would be refused there is refused here.
    if (readableJson(request.body) === undefined)
      return refuse(422, 'invalid', 'frame: too deep, or too many values');
    const wait = waitOf(frames, isSignal(frame) ? undefined : messages, visitor);
    return wait > 0 ? refuse(429, 'rate-limited', 'too fast', wait) : null;
  };

  return {
    async take(session, given) {
      const id = typeof given.id === 'string' ? { id: given.id } : {};
      const value = uploads.resolve(given, session);
      if (value === null) return { ok: false, ...id, refusal: refuse(422, 'invalid', 'upload: not yours') };
      const read = readFrame(value);
      if (!read.ok) return { ok: false, ...id, refusal: refuse(422, 'invalid', read.reason) };
      const { frame } = read;
      const key = messageIdOf(session.conversation, frame.id);
      const digest = createHash('sha256').update(JSON.stringify(value)).digest('base64');
      const known = seen.get(key);
      if (known !== undefined) {
        if (known.digest === digest) return known.answer;
        return { ok: false, ...id, refusal: refuse(409, 'conflict', 'this id was used for another frame') };
      }
      const request = doorRequest(session, value, now());
      const refusal = limit(frame, request, session.visitor.id);
      if (refusal !== null) return { ok: false, ...id, refusal };
      const answer = store(request, key, frame.id);
      seen.set(key, { digest, answer });
      const taken = await answer;
      if (!taken.ok) seen.delete(key);
      return taken;
    },
  };
}

function waitOf(frames: Buckets, messages: Buckets | undefined, visitor: string): number {
  const wait = frames.take(visitor);
  return wait > 0 ? wait : (messages?.take(visitor) ?? 0);
}

const doorRequest = (
  { visitor, conversation }: Session,
  value: JsonObject,
  time: number,
): WebhookRequest => ({
  method: 'POST',
  query: {},
  headers: {
    'content-type': ['application/json'],
    [TIMESTAMP]: [String(Math.floor(time / 1_000))],
    [DOOR]: ['1'],
  },
  body: asJson({ visitor, conversation, time, messages: [value] }),
});

interface Answered {
  readonly digest: string;
  readonly answer: Promise<Taken>;
}

const REMEMBERED = 20_000;

/** Answers of late, the oldest forgotten first: the hub's own store still knows a frame that is sent again. */
function answers() {
  const known = new Map<string, Answered>();
  return {
    get: (key: string): Answered | undefined => known.get(key),
    set(key: string, value: Answered): void {
      known.set(key, value);
      if (known.size <= REMEMBERED) return;
      for (const oldest of known.keys()) {
        known.delete(oldest);
        break;
      }
    },
    delete: (key: string): void => void known.delete(key),
  };
}
