/** What is said over one socket: a hello with a token, then the past, then frames both ways. */
import { z } from 'zod';
import type { JsonObject } from '../../message/json.ts';
import type { Hall } from '../front-door.ts';
import { readableJson } from '../json.ts';
import type { Inbox } from './inbox.ts';
import type { DoorLimits } from './limits.ts';
import { resume } from './resume.ts';
import type { Stream, Streams } from './streams.ts';
import type { Session, Tokens } from './tokens.ts';
import type { ServerFrame, WebError, Wire } from './wire.ts';

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1; 1009 (too large) is sent by `ws` itself. */
export const CLOSE = { away: 1001, refused: 1008, later: 1013 } as const;

/** What every connection of a door shares. */
export interface ConnectionContext {
  readonly hall: Hall;
  readonly streams: Streams;
  readonly tokens: Tokens;
  readonly inbox: Inbox;
  readonly limits: DoorLimits;
  readonly now: () => number;
  /** A wire message as a browser gets it. */
  readonly fresh: (wire: Wire) => Wire;
}

export interface Line {
  isOpen(): boolean;
  /** Resolves when the frame left, or never will. */
  send(frame: ServerFrame): Promise<void>;
  close(code: number, reason: string): void;
}

export interface Talk {
  /** One frame, to its end. */
  hear(bytes: Buffer): Promise<void>;
  greeted(): boolean;
  isExpired(): boolean;
  end(): void;
}

const Hello = z.object({
  type: z.literal('hello'),
  token: z.string().optional(),
  after: z.number().int().nonnegative().default(0),
});
const Auth = z.object({ type: z.literal('auth'), token: z.string() });

export function talk(line: Line, context: ConnectionContext, offered: string | undefined): Talk {
  const { streams, tokens, limits } = context;
  let session: Session | undefined;
  let stream: Stream | undefined;

  const refuse = (error: WebError, id?: string): void => {
    void line.send({ type: 'error', ...(id === undefined ? {} : { id }), error });
  };

  const greet = async (value: JsonObject): Promise<void> => {
    const hello = Hello.safeParse(value);
    const checked = hello.success ? await tokens.read(hello.data.token ?? offered ?? '') : undefined;
    if (!line.isOpen()) return;
    if (!hello.success || checked?.ok !== true) {
      const expired = checked?.ok === false && checked.expired;
      refuse({ code: expired ? 'token-expired' : 'unauthorized', message: 'expected a hello with a token' });
      return line.close(CLOSE.refused, expired ? 'token expired' : 'not authorised');
    }
    if (streams.ofVisitor(checked.value.visitor.id) >= limits.connectionsPerVisitor) {
      refuse({ code: 'too-many-connections', message: 'too many open connections of this visitor' });
      return line.close(CLOSE.later, 'too many connections');
    }
    open(checked.value, hello.data.after);
  };

  const open = (hello: Session, after: number): void => {
    const { conversation, visitor } = hello;
    const resumed = resume({
      ...context,
      conversation,
      after,
      send: push => line.send({ type: 'message', ...push }),
      overflow: () => line.close(CLOSE.later, 'slow reader'),
    });
    session = hello;
    stream = { conversation, visitor: visitor.id, push: resumed.push };
    streams.add(stream);
    void line.send({ type: 'ready', conversation, heartbeat_ms: limits.heartbeatMs });
    // Not awaited: a visitor may write while the past is still being told.
    resumed.start().catch(() => line.close(CLOSE.later, 'try again'));
  };

  const renew = async (value: JsonObject, current: Session): Promise<void> => {
    const auth = Auth.safeParse(value);
    const checked = auth.success ? await tokens.read(auth.data.token) : undefined;
    if (checked?.ok === true && checked.value.conversation === current.conversation) session = checked.value;
    else line.close(CLOSE.refused, 'not authorised');
  };

  return {
    async hear(bytes) {
      const value = readableJson(bytes);
      if (value === undefined) return refuse({ code: 'invalid', message: 'expected a JSON object' });
      if (session === undefined) return greet(value);
      if (value.type === 'auth') return renew(value, session);
      const taken = await context.inbox.take(session, value);
      if (taken.ok) void line.send({ type: 'ack', ...taken.accepted });
      else refuse(taken.refusal.error, taken.id);
    },
    greeted: () => session !== undefined,
    isExpired: () => session !== undefined && context.now() >= session.expiresAt,
    end() {
      if (stream !== undefined) streams.remove(stream);
    },
  };
}
