/** `/v1/dead-letters`, `/v1/operations` and `/v1/audit`: what was given up, and what operators do with it. */
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { InboundContent, OutboundContent } from '../../message/content.ts';
import type { JsonValue } from '../../message/json.ts';
import type { Controlled, Edited, OperationRequest, Refusal, Started } from '../../storage/dead-letters.ts';
import type { Origin, RawRequest } from '../../storage/log.ts';
import { NOT_FOUND, onlyFor, type Problem, sendProblem } from '../problem.ts';
import { actionOf, KEY_REUSED } from './action.ts';
import { AuditList, Discard, Groups, List, Replay, targetOf } from './dead-letters-request.ts';
import { CATCH_UP_MS, invalid, type MessagesApi } from './messages.ts';
import { readJsonBody } from './request.ts';

export interface DeadLettersApi extends Pick<MessagesApi, 'store' | 'newId' | 'caughtUp'> {
  /** The raw bytes that a message came in as; null where they are no longer kept, or not to be had. */
  readonly raw: (position: string, origin: Origin) => RawRequest | null;
}

/** A discard only writes to the store. */
const DISCARD_RATE = 2_000;

export function deadLettersApi(api: DeadLettersApi): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const asked = List.safeParse(request.query);
    if (!asked.success) return sendProblem(response, invalid(asked.error));
    await api.caughtUp(CATCH_UP_MS);
    response.json(await api.store.deadLetters(asked.data));
  });
  router.get('/groups', async (request, response) => {
    const asked = Groups.safeParse(request.query);
    if (!asked.success) return sendProblem(response, invalid(asked.error));
    await api.caughtUp(CATCH_UP_MS);
    response.json({ groups: await api.store.deadLetterGroups(asked.data) });
  });
  router.post('/replay', async (request, response) => {
    const asked = await bodyOf(request, response, Replay);
    if (asked === undefined) return;
    const { dryRun, note = null, force, rate } = asked;
    await start(
      request,
      response,
      api,
      { kind: 'replay', target: targetOf(asked), force, rate, note },
      dryRun,
    );
  });
  router.post('/discard', async (request, response) => {
    const asked = await bodyOf(request, response, Discard);
    if (asked === undefined) return;
    const { dryRun, note = null } = asked;
    const wanted = {
      kind: 'discard',
      target: targetOf(asked),
      force: false,
      rate: DISCARD_RATE,
      note,
    } as const;
    await start(request, response, api, wanted, dryRun);
  });
  router.get('/:id', (request, response) => show(request.params.id, response, api));
  router.patch('/:id', (request, response) => edit(request.params.id, request, response, api));
  for (const path of ['/', '/groups']) router.all(path, onlyFor('GET'));
  for (const path of ['/replay', '/discard']) router.all(path, onlyFor('POST'));
  router.all('/:id', onlyFor('GET, PATCH'));
  return router;
}

export function operationsApi(api: DeadLettersApi): Router {
  const router = Router();
  router.get('/:id', async (request, response) => {
    const operation = await api.store.operation(request.params.id);
    if (operation === null) sendProblem(response, NOT_FOUND);
    else response.json(operation);
  });
  for (const to of ['stop', 'resume'] as const) {
    router.post(`/:id/${to}`, async (request, response) => {
      const action = actionOf(request, response, api.newId, null);
      if (action === undefined) return;
      const { id } = request.params;
      const { store } = api;
      const done = await (to === 'stop'
        ? store.stopOperation(id, action)
        : store.resumeOperation(id, action));
      if (done.kind === 'controlled') response.json(done.operation);
      else sendProblem(response, CONTROL_PROBLEMS[done.kind]);
    });
    router.all(`/:id/${to}`, onlyFor('POST'));
  }
  router.all('/:id', onlyFor('GET'));
  return router;
}

export function auditApi(api: DeadLettersApi): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const asked = AuditList.safeParse(request.query);
    if (!asked.success) return sendProblem(response, invalid(asked.error));
    const entries = await api.store.audit(asked.data);
    response.json({ entries, next: entries.at(-1)?.seq ?? null });
  });
  router.all('/', onlyFor('GET'));
  return router;
}

const CONTROL_PROBLEMS: Readonly<Record<Exclude<Controlled['kind'], 'controlled'>, Problem>> = {
  unknown: NOT_FOUND,
  over: { status: 409, code: 'operation-over', title: 'The operation is over.' },
  'key-reused': KEY_REUSED,
};

/** The letter, its message's whole journey, and the bytes it came in as. */
async function show(id: string, response: Response, api: DeadLettersApi): Promise<void> {
  await api.caughtUp(CATCH_UP_MS);
  const letter = await api.store.deadLetter(id);
  if (letter === null) return sendProblem(response, NOT_FOUND);
  const trace = await api.store.trace(id);
  // Of a reply, the request that it answers.
  const came = trace?.inbound ?? letter;
  response.json({ letter, trace, raw: came.raw === null ? null : api.raw(came.raw, came) });
}

async function edit(id: string, request: Request, response: Response, api: DeadLettersApi): Promise<void> {
  const body = await readJsonBody(request, response);
  if (body === undefined) return;
  const letter = await api.store.deadLetter(id);
  if (letter === null) return sendProblem(response, NOT_FOUND);
  const Content = letter.direction === 'inbound' ? InboundContent : OutboundContent;
  const asked = z.strictObject({ content: Content.nullable() }).safeParse(body);
  if (!asked.success) return sendProblem(response, invalid(asked.error));
  const content = asked.data.content as JsonValue;
  const action = actionOf(request, response, api.newId, content);
  if (action === undefined) return;
  const edited = await api.store.editDeadLetter({ id, content, action });
  if (edited.kind === 'edited') response.json(edited.letter);
  else sendProblem(response, problemOfEdit(edited));
}

const EDIT_REFUSALS: Readonly<Record<Extract<Edited, { kind: 'refused' }>['why'], string>> = {
  'not-open': 'It is not a dead letter at the moment.',
  'no-content': 'It could not be read, so it has no content; a replay reads it again.',
  'partly-sent': 'Parts of it were sent; the edited message would repeat them.',
};

function problemOfEdit(edited: Exclude<Edited, { kind: 'edited' }>): Problem {
  if (edited.kind === 'unknown') return NOT_FOUND;
  if (edited.kind === 'key-reused') return KEY_REUSED;
  const { why } = edited;
  return { status: 409, code: why, title: 'It cannot be edited.', detail: EDIT_REFUSALS[why] };
}

async function bodyOf<Schema extends z.ZodType>(
  request: Request,
  response: Response,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const body = await readJsonBody(request, response);
  if (body === undefined) return undefined;
  const asked = schema.safeParse(body);
  if (asked.success) return asked.data;
  sendProblem(response, invalid(asked.error));
  return undefined;
}

/** 202 and the operation, which goes on by itself; or, without doing anything, how many it would take. */
async function start(
  request: Request,
  response: Response,
  api: DeadLettersApi,
  wanted: OperationRequest,
  dryRun: boolean,
): Promise<void> {
  await api.caughtUp(CATCH_UP_MS);
  if (dryRun) {
    response.json({ dryRun, count: await api.store.countDeadLetters(wanted.target) });
    return;
  }
  const action = actionOf(request, response, api.newId, wanted);
  if (action === undefined) return;
  const started = await api.store.startOperation(wanted, action);
  if (started.kind !== 'started') return sendProblem(response, problemOfStart(started, wanted));
  const { operation } = started;
  response.status(202).location(`/v1/operations/${operation.id}`).json(operation);
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  'in-flight': 'it is on its way already',
  'already-delivered': 'it had its effect already; force overrules this',
  discarded: 'it was discarded; force overrules this',
  'nothing-left': 'every part of it was sent',
  'raw-gone': 'its raw bytes are no longer kept',
  'raw-failed': 'the disk does not give its raw bytes',
  'batch-forgotten':
    'what came in the same request may be forgotten, and would be answered a second time; force overrules this',
  'unsafe-to-read': 'whatever reads it ends',
};

function problemOfStart(
  started: Exclude<Started, { kind: 'started' }>,
  { kind, target }: OperationRequest,
): Problem {
  if (started.kind === 'key-reused') return KEY_REUSED;
  const ids = target.kind === 'ids' ? target.ids : [];
  const pointerOf = (id: string): string => `/ids/${ids.indexOf(id)}`;
  if (started.kind === 'unknown') {
    const errors = started.ids.map(id => ({ pointer: pointerOf(id), detail: 'no such dead letter' }));
    return { status: 422, code: 'unknown-dead-letter', title: 'Not all of these are dead letters.', errors };
  }
  const [first] = started.refusals;
  const errors = started.refusals.map(({ id, why }) => ({ pointer: pointerOf(id), detail: REFUSALS[why] }));
  const title = `Not all of these can be ${kind === 'replay' ? 'replayed' : 'discarded'}; nothing was done.`;
  return { status: 409, code: first?.why ?? 'refused', title, errors };
}
