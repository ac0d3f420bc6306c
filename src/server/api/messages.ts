/** `/v1/messages`: list, look at one, send. */
import { createHash } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { OutboundContent } from '../../message/content.ts';
import type { OutboundMessage } from '../../message/message.ts';
import type { Log } from '../../storage/log.ts';
import type { Store } from '../../storage/store.ts';
import { NOT_FOUND, onlyFor, type Problem, sendProblem, UNAVAILABLE } from '../problem.ts';
import { readJsonBody } from './request.ts';

export interface MessagesApi {
  readonly store: Store;
  readonly log: Log;
  readonly newId: () => string;
  readonly now: () => number;
  /** The tenant of a configured channel; undefined for a channel that is not. */
  readonly tenantOf: (channel: string) => string | undefined;
  /** True once all that was accepted until now can be looked up; false when it could not within the time. */
  readonly caughtUp: (withinMs: number) => Promise<boolean>;
}

/** Who looks something up waits this long for what was accepted before; then they see what there is so far. */
export const CATCH_UP_MS = 3_000;
/** Who sends waits this long to be told what became of it. */
const TAKEN_IN_MS = 8_000;

const Send = z.strictObject({
  channel: z.string().min(1),
  conversation: z.string().min(1).describe("The platform's id of where the message goes."),
  thread: z.string().min(1).optional(),
  route: z
    .string()
    .min(1)
    .optional()
    .describe('How the conversation is reached; by itself, as it was last heard from.'),
  content: OutboundContent,
  replyTo: z.string().min(1).optional(),
});

const List = z.strictObject({
  channel: z.string().min(1).optional(),
  direction: z.enum(['inbound', 'outbound']).default('inbound'),
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const KEY = /^[\x21-\x7e]{1,200}$/;

export function messagesApi(api: MessagesApi): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const asked = List.safeParse(request.query);
    if (!asked.success) return sendProblem(response, invalid(asked.error));
    const { channel, ...filter } = asked.data;
    await api.caughtUp(CATCH_UP_MS);
    const messages = await api.store.messages(channel === undefined ? filter : { ...filter, channel });
    response.json({ messages, next: messages.at(-1)?.seq ?? filter.after });
  });
  router.get('/:id', async (request, response) => {
    await api.caughtUp(CATCH_UP_MS);
    const message = await api.store.message(request.params.id);
    if (message === null) sendProblem(response, NOT_FOUND);
    else response.json(message);
  });
  router.post('/', (request, response) => send(request, response, api));
  router.all('/', onlyFor('GET, POST'));
  router.all('/:id', onlyFor('GET'));
  return router;
}

/** 202 once durable; the same key and body again gives the same message, another body 409. */
async function send(request: Request, response: Response, api: MessagesApi): Promise<void> {
  const key = request.get('idempotency-key') ?? null;
  if (key !== null && !KEY.test(key)) {
    const detail = 'Idempotency-Key has 1 to 200 visible ASCII characters.';
    return sendProblem(response, {
      status: 400,
      code: 'invalid-request',
      title: 'The key cannot be used.',
      detail,
    });
  }
  const body = await readJsonBody(request, response);
  if (body === undefined) return;
  const asked = Send.safeParse(body);
  if (!asked.success) return sendProblem(response, invalid(asked.error));
  const { channel, conversation, thread, route, content, replyTo } = asked.data;
  const tenant = api.tenantOf(channel);
  if (tenant === undefined) {
    const errors = [{ pointer: '/channel', detail: 'no such channel' }];
    return sendProblem(response, {
      status: 422,
      code: 'invalid-request',
      title: 'The message cannot be sent.',
      errors,
    });
  }
  const address = {
    tenant,
    channel,
    conversation,
    ...(thread === undefined ? {} : { thread }),
    ...(route === undefined ? {} : { route }),
  };
  const message = {
    id: api.newId(),
    address,
    content,
    ...(replyTo === undefined ? {} : { replyTo }),
  } as OutboundMessage;
  const digest = createHash('sha256').update(JSON.stringify(asked.data)).digest('hex');
  const appended = await api.log.append({
    id: api.newId(),
    at: api.now(),
    source: 'api',
    tenant,
    channel,
    query: {},
    headers: {},
    body: Buffer.from(JSON.stringify({ message, idempotencyKey: key, digest })),
  });
  if (!appended.ok) return sendProblem(response, UNAVAILABLE);
  if (!(await api.store.reached(appended.next, TAKEN_IN_MS))) return sendLate(response, message.id, key);
  const first = key === null ? null : await api.store.idempotent(tenant, key);
  if (first !== null && first.digest !== digest) {
    const title = 'This Idempotency-Key was used for another message.';
    return sendProblem(response, { status: 409, code: 'key-reused', title });
  }
  const id = first?.outbound ?? message.id;
  response
    .status(202)
    .location(`/v1/messages/${id}`)
    .json(await api.store.message(id));
}

/** It is durable and will be sent. With a key it may be the second of its kind, which only asking again tells. */
function sendLate(response: Response, id: string, key: string | null): void {
  if (key !== null) return sendProblem(response, UNAVAILABLE);
  response.status(202).location(`/v1/messages/${id}`).json({ id, direction: 'outbound', state: 'accepted' });
}

export const invalid = (error: z.ZodError): Problem => ({
  status: 400,
  code: 'invalid-request',
  title: 'The request is not of the expected form.',
  errors: error.issues.slice(0, 20).map(issue => ({
    pointer: issue.path.map(part => `/${String(part)}`).join(''),
    detail: issue.code === 'invalid_type' ? `expected ${issue.expected}` : issue.message,
  })),
});
