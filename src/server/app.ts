/** Everything that is not a webhook: the API, health, the page. Express 5; no global body parser. */
import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Origin, RawRequest } from '../storage/log.ts';
import { StoreUnavailable } from '../storage/store.ts';
import { auditApi, deadLettersApi, operationsApi } from './api/dead-letters.ts';
import { type MediaApi, mediaApi, mediaLinkRoute } from './api/media.ts';
import { CATCH_UP_MS, type MessagesApi, messagesApi } from './api/messages.ts';
import type { Health } from './health.ts';
import { NOT_FOUND, onlyFor, sendProblem, UNAUTHORIZED, UNAVAILABLE } from './problem.ts';

export interface AppOptions extends MessagesApi, MediaApi {
  readonly token: string;
  readonly health: () => Health;
  /** The page at `/` and the widget. */
  readonly mountPage: (app: Express) => void;
  /** The raw bytes that a message came in as; null where they are no longer kept. */
  readonly raw: (position: string, origin: Origin) => RawRequest | null;
  readonly onError: (error: unknown) => void;
}

export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.get('/healthz', (_, response) => {
    const { live } = options.health();
    response.status(live ? 200 : 503).json({ ok: live });
  });
  app.get('/readyz', (_, response) => {
    const health = options.health();
    response.status(health.ready ? 200 : 503).json(health);
  });
  app.use('/v1', (request, response, next) => {
    response.set('cache-control', 'no-store');
    if (isBearer(request, options.token)) next();
    else sendProblem(response.set('www-authenticate', 'Bearer'), UNAUTHORIZED);
  });
  app.use('/v1/messages', messagesApi(options));
  app.use('/v1/dead-letters', deadLettersApi(options));
  app.use('/v1/operations', operationsApi(options));
  app.use('/v1/audit', auditApi(options));
  app.use('/v1/media', mediaApi(options));
  app.use('/media', mediaLinkRoute(options));
  app.get('/v1/ledger', async (request, response) => {
    await options.caughtUp(CATCH_UP_MS);
    response.json(await options.store.ledger(request.query.recount !== undefined));
  });
  app.get('/v1/trace/:id', async (request, response) => {
    await options.caughtUp(CATCH_UP_MS);
    const trace = await options.store.trace(request.params.id);
    if (trace === null) return sendProblem(response, NOT_FOUND);
    const { inbound } = trace;
    response.json({ ...trace, raw: inbound === null ? null : options.raw(inbound.raw, inbound) });
  });
  for (const path of ['/healthz', '/readyz', '/v1/ledger', '/v1/trace/:id']) app.all(path, onlyFor('GET'));
  options.mountPage(app);
  app.use((_, response) => sendProblem(response, NOT_FOUND));
  // Express tells an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (error instanceof StoreUnavailable) return sendProblem(response, UNAVAILABLE);
    const status = (error as { status?: number }).status;
    if (status !== undefined && status >= 400 && status < 500) {
      return sendProblem(response, { status, code: 'invalid-request', title: 'The request cannot be read.' });
    }
    options.onError(error);
    sendProblem(response, { status: 500, code: 'internal', title: 'Something went wrong here.' });
  });
  return app;
}

/** Compares digests: as long as each other whatever was sent, and in constant time. */
function isBearer(request: Request, token: string): boolean {
  const sent = request.headersDistinct.authorization;
  const [scheme, value] = sent?.length === 1 ? (sent[0]?.split(' ') ?? []) : [];
  if (scheme?.toLowerCase() !== 'bearer' || value === undefined) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(value), digest(token));
}
