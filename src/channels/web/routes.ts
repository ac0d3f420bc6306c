/** The door's requests: how the chat looks, a session, a message, a stream of events. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { compact, readableJson } from '../json.ts';
import type { WebConfig } from './config.ts';
import { eventConnection } from './events.ts';
import { answer, answerRefusal, bearer, type Refusal, readBody, refuse } from './http.ts';
import { type Buckets, networkOf } from './limits.ts';
import type { Connection } from './socket.ts';
import type { ConnectionContext } from './talk.ts';
import { SESSION_SECONDS, type Session } from './tokens.ts';
import type { Uploads } from './uploads.ts';
import type { SessionAnswer, WidgetAnswer } from './wire.ts';

export interface DoorContext extends ConnectionContext {
  readonly config: WebConfig;
  readonly sessions: Buckets;
  readonly connections: Set<Connection>;
  readonly uploads: Uploads;
}

type Handler = (request: IncomingMessage, response: ServerResponse, context: DoorContext) => Promise<void>;

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly handle: Handler;
}

const look: Handler = async (_request, response, { config, uploads }) => {
  const { title, colour, greeting, languages } = config.widget;
  const { anonymous, limits } = config.receive;
  const files = uploads.allowed ?? undefined;
  const shown = { title, colour, greeting, languages, anonymous, max_text: limits.max_text, uploads: files };
  const said: WidgetAnswer = compact(shown);
  answer(response, 200, said, 'private, max-age=60');
};

const SessionRequest = z.object({ identity: z.string().optional() });

const session: Handler = async (request, response, context) => {
  const body = await readBody(request, context.limits.frameBytes);
  if (!body.ok) return answerRefusal(response, body.refusal);
  const asked = SessionRequest.safeParse(readableJson(body.bytes));
  if (!asked.success)
    return answerRefusal(response, refuse(422, 'invalid', 'expected {} or {"identity": …}'));
  const opened = await openSession(request, asked.data.identity, context);
  if ('error' in opened) return answerRefusal(response, opened);
  const said: SessionAnswer = {
    token: await context.tokens.mint(opened),
    expires_in: SESSION_SECONDS,
    conversation: opened.conversation,
    visitor: { id: opened.visitor.id, anonymous: opened.visitor.anonymous },
  };
  answer(response, 200, said);
};

async function openSession(
  request: IncomingMessage,
  identity: string | undefined,
  { tokens, sessions, config }: DoorContext,
): Promise<Session | Refusal> {
  const token = bearer(request);
  if (token !== undefined && identity === undefined) {
    const read = await tokens.read(token);
    return read.ok ? tokens.renew(read.value) : unauthorized(read.expired);
  }
  const wait = sessions.take(networkOf(request.socket.remoteAddress));
  if (wait > 0) return refuse(429, 'rate-limited', 'too many new sessions', wait);
  if (identity !== undefined) {
    const known = await tokens.identify(identity);
    return known.ok ? known.value : refuse(401, 'identity-invalid', 'the identity token is not valid');
  }
  if (config.receive.anonymous) return tokens.anonymous();
  return refuse(401, 'identity-required', 'this chat is for visitors the site knows');
}

const messages: Handler = async (request, response, context) => {
  const visitor = await visitorOf(request, context);
  if ('error' in visitor) return answerRefusal(response, visitor);
  const body = await readBody(request, context.limits.frameBytes);
  if (!body.ok) return answerRefusal(response, body.refusal);
  const value = readableJson(body.bytes);
  if (value === undefined) return answerRefusal(response, refuse(422, 'invalid', 'expected a JSON object'));
  const taken = await context.inbox.take(visitor, value);
  if (taken.ok) answer(response, 200, taken.accepted);
  else answerRefusal(response, taken.refusal);
};

const upload: Handler = async (request, response, context) => {
  const visitor = await visitorOf(request, context);
  if ('error' in visitor) return answerRefusal(response, visitor);
  const given = await context.uploads.take(request, visitor);
  if (given.ok) return answer(response, 200, given.answer);
  // What else of the file comes is not read: the connection ends with the answer.
  if (!request.complete) response.setHeader('connection', 'close');
  answerRefusal(response, given.refusal);
};

const events: Handler = async (request, response, context) => {
  const { connections, limits, streams } = context;
  const session = await visitorOf(request, context);
  if ('error' in session) return answerRefusal(response, session);
  const full = connections.size >= limits.connections;
  if (full || streams.ofVisitor(session.visitor.id) >= limits.connectionsPerVisitor)
    return answerRefusal(response, refuse(429, 'too-many-connections', 'too many open connections', 10_000));
  const connection = eventConnection(request, response, session, context);
  connections.add(connection);
  response.on('close', () => connections.delete(connection));
};

async function visitorOf(request: IncomingMessage, { tokens }: DoorContext): Promise<Session | Refusal> {
  const read = await tokens.read(bearer(request) ?? '');
  return read.ok ? read.value : unauthorized(read.expired);
}

export const unauthorized = (expired: boolean): Refusal =>
  expired
    ? refuse(401, 'token-expired', 'the session has ended')
    : refuse(401, 'unauthorized', 'expected Authorization: Bearer <session token>');

export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['config', { method: 'GET', handle: look }],
  ['session', { method: 'POST', handle: session }],
  ['messages', { method: 'POST', handle: messages }],
  ['upload', { method: 'POST', handle: upload }],
  ['events', { method: 'GET', handle: events }],
]);
