/** One request: found its account, given to the platform, answered as the weather lets it, and followed up. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isHandled, respond } from './answer.ts';
import type { Hall, OpenAccount } from './hall.ts';
import { inspect } from './inspect.ts';
import type { Handled, PlatformAnswer, PlatformRequest, PlayedAccount } from './platform.ts';
import { receivedCall } from './received.ts';
import type { AnswerAct, WebhookAct } from './weather.ts';

const MAX_BODY_BYTES = 110 * 1024 * 1024;
const ACCOUNT_PATH = /^\/([a-z][a-z0-9-]*)\/([A-Za-z0-9_-]+)(\/.*)?$/;
const INSPECTION = '/_sandbox';

export const requestHandler =
  (hall: Hall) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response, hall).catch((error: Error) => {
      // A bug of the stand-in must not take down the hub it runs in, and must not stay unseen.
      const answer = { status: 500, body: `the sandbox has a bug: ${error.message}` };
      if (response.headersSent) response.destroy();
      else respond(response, answer, null);
    });
  };

async function serve(request: IncomingMessage, response: ServerResponse, hall: Hall): Promise<void> {
  const asked = new URL(request.url ?? '/', 'http://sandbox');
  const body = await readBody(request);
  if (body === null) return void response.destroy();
  const { method = 'GET' } = request;
  const parts = { method, query: asked.searchParams, headers: flat(request), body };
  if (asked.pathname.startsWith(`${INSPECTION}/`)) {
    const path = asked.pathname.slice(INSPECTION.length);
    return respond(response, inspect({ ...parts, path }, hall), null);
  }
  const [, type, id, path = '/'] = ACCOUNT_PATH.exec(asked.pathname) ?? [];
  const open = hall.accounts.get(`${type}/${id}`);
  if (open === undefined) return respond(response, NO_ACCOUNT, null);
  await play(open, { ...parts, path }, response, hall);
}

const NO_ACCOUNT: PlatformAnswer = {
  status: 404,
  body: { error: 'the sandbox has no such account; GET /_sandbox/accounts lists them' },
};

async function play(
  open: OpenAccount,
  request: PlatformRequest,
  response: ServerResponse,
  hall: Hall,
): Promise<void> {
  const { account, played } = open;
  const { type, id } = account;
  const { answer: act, webhooks } = hall.weather.forecast({ type, account: id, ...request });
  const handled = isHandled(act) ? await played.handle(request) : null;
  const answer = answerOf(act, played, handled);
  const at = hall.now();
  hall.received.push(receivedCall({ account, request, handled, act, status: answer.status, at }));
  if (handled !== null) followUp(open, handled, webhooks, hall);
  respond(response, answer, act);
}

function answerOf(act: AnswerAct | null, played: PlayedAccount, handled: Handled | null): PlatformAnswer {
  switch (act?.kind) {
    case 'answer':
      return act;
    case 'refuse':
      return played.refuse(act.code);
    case 'expired-token':
      return played.expiredToken();
    default:
      return handled?.answer ?? { status: 200, body: '' };
  }
}

/** What follows from a call, as the weather lets it through. */
function followUp(open: OpenAccount, handled: Handled, acts: readonly WebhookAct[], hall: Hall): void {
  const { account, play: rules, played } = open;
  const failures = acts.flatMap(({ failure }) => {
    const told =
      failure === undefined || handled.taken === null ? null : played.failure(handled.taken, failure);
    return told === null ? [] : [{ told, what: `failure ${failure}` }];
  });
  const followed = handled.webhooks.filter(({ arrival }) => failures.length === 0 || arrival !== true);
  const last = Math.max(0, ...followed.map(webhook => webhook.afterMs));
  const reversed = acts.some(act => act.reversed);
  const delayMs = acts.reduce((sum, act) => sum + act.delayMs, 0);
  const copies = acts.reduce((product, act) => product * act.copies, 1);
  for (const { what, afterMs, arrival: _, ...webhook } of followed) {
    const when = { what, afterMs: delayMs + (reversed ? last - afterMs : afterMs) };
    for (let copy = 0; copy < copies; copy++) hall.sender.send(account, rules.redelivery, webhook, when);
  }
  const afterMs = delayMs + last + hall.behaviour.receiptMs;
  for (const { told, what } of failures) hall.sender.send(account, rules.redelivery, told, { what, afterMs });
}

/** Null for a body that is too large or broke off. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}

const flat = (request: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
