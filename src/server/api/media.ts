/** `/v1/media`: the bytes of what came in, and bytes to be sent; `/media/<token>`: one of them, for who has its address. */
import { pipeline, type Readable } from 'node:stream';
import { type Request, type Response, Router } from 'express';
import type { MediaLinks } from '../../media/link.ts';
import { attachment } from '../../media/name.ts';
import { nameFor, type Shelf } from '../../media/shelf.ts';
import { servedType } from '../../media/type.ts';
import { NOT_FOUND, onlyFor, type Problem, sendProblem } from '../problem.ts';

export interface MediaApi {
  readonly shelf: Shelf;
  readonly links: MediaLinks;
  readonly maxBytes: number;
  /** The tenant of a configured channel; undefined for a channel that is not. */
  readonly tenantOf: (channel: string) => string | undefined;
  /** Of media that are given without a channel. */
  readonly tenant: string;
}

/** A reader that takes nothing for so long is gone. */
const READER_MS = 30_000;
/** Opening a file, or handing one over. */
const STORE_MS = 60_000;
const CLAIM = /^[\w.+-]{1,60}\/[\w.+-]{1,100}(?:\s*;.{0,200})?$/;
const MAX_NAME = 255;

export function mediaApi(api: MediaApi): Router {
  const router = Router();
  router.get('/:id', (request, response) => give(request.params.id, request, response, api.shelf));
  router.post('/', (request, response) => take(request, response, api));
  router.all('/', onlyFor('POST'));
  router.all('/:id', onlyFor('GET'));
  return router;
}

/** Without a bearer: the token in the path is what is needed. */
export function mediaLinkRoute({ shelf, links }: Pick<MediaApi, 'shelf' | 'links'>): Router {
  const router = Router();
  router.get('/:token', async (request, response) => {
    const id = links.read(request.params.token);
    if (id === null) return sendProblem(response, NOT_FOUND);
    // Shown by pages of other sites, those with the chat on them.
    response.set({ 'cross-origin-resource-policy': 'cross-origin', 'referrer-policy': 'no-referrer' });
    await give(id, request, response, shelf);
  });
  router.all('/:token', onlyFor('GET'));
  return router;
}

async function give(id: string, request: Request, response: Response, shelf: Shelf): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  // For opening only: how long the reading takes is the reader's affair.
  const tooLate = setTimeout(() => gone.abort(), STORE_MS);
  const opened = await shelf.open(id, gone.signal).finally(() => clearTimeout(tooLate));
  if (opened === null) return sendProblem(response, (await shelf.find(id)) === null ? NOT_FOUND : NOT_KEPT);
  const { view, bytes, stream } = opened;
  const type = view.type ?? 'application/octet-stream';
  response.status(200).set({
    // Never shown as a page, whatever is in it.
    'content-type': servedType(type),
    'content-disposition': attachment(view.name, nameFor(type)),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
    'content-length': String(bytes),
  });
  if (request.method === 'HEAD') {
    stream.destroy();
    response.end();
    return;
  }
  send(stream, response);
}

function send(stream: Readable, response: Response): void {
  response.setTimeout(READER_MS, () => response.destroy());
  // Cut where the file ends before its end: the reader sees it by the length.
  pipeline(stream, response, () => {});
}

async function take(request: Request, response: Response, api: MediaApi): Promise<void> {
  const { channel, name } = request.query;
  const tenant = channel === undefined ? api.tenant : api.tenantOf(String(channel));
  if (tenant === undefined) return sendProblem(response, invalid('channel', 'no such channel'));
  if (name !== undefined && (typeof name !== 'string' || name.length > MAX_NAME))
    return sendProblem(response, invalid('name', `expected at most ${MAX_NAME} characters`));
  const claim = request.get('content-type') ?? '';
  if (Number(request.get('content-length') ?? 0) > api.maxBytes)
    return refuse(response, tooLarge(api.maxBytes));
  const uploaded = await api.shelf.keep(
    { tenant, name: name ?? null, claimedType: CLAIM.test(claim) ? claim : null, source: request },
    AbortSignal.timeout(STORE_MS),
  );
  if (uploaded.ok) response.status(201).location(`/v1/media/${uploaded.view.id}`).json(uploaded.view);
  else if (uploaded.reason === 'too-large') refuse(response, tooLarge(api.maxBytes));
  else if (uploaded.reason === 'empty') sendProblem(response, invalid('', 'the body is empty'));
  else response.destroy();
}

/** What else of the body comes is not read. */
function refuse(response: Response, problem: Problem): void {
  sendProblem(response.set('connection', 'close'), problem);
}

const tooLarge = (maxBytes: number): Problem => ({
  status: 413,
  code: 'too-large',
  title: `The file is larger than ${maxBytes} bytes.`,
});

const invalid = (parameter: string, detail: string): Problem => ({
  status: 422,
  code: 'invalid-request',
  title: 'The file cannot be kept.',
  errors: [{ pointer: parameter === '' ? '' : `/${parameter}`, detail }],
});

const NOT_KEPT: Problem = {
  status: 404,
  code: 'not-kept',
  title: 'The hub does not have the bytes of this file.',
  detail: 'They are not fetched yet, could not be, or their time is up: its message tells which.',
};
