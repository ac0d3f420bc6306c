/** Who does something over the API, and under which key it may be asked for again. */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Action } from '../../storage/dead-letters.ts';
import { type Problem, sendProblem } from '../problem.ts';

const KEY = /^[\x21-\x7e]{1,200}$/;
const WHO = /^[\w.@:-]{1,64}$/;
/** Whoever has the token says who they are; the audit is for colleagues, not against them. */
const WHO_HEADER = 'patchbay-actor';

/** Undefined after the problem was answered. `asked`: everything that the request asks for. */
export function actionOf(
  request: Request,
  response: Response,
  newId: () => string,
  asked: unknown,
): Action | undefined {
  const key = request.get('idempotency-key') ?? null;
  const who = request.get(WHO_HEADER) ?? 'api';
  const detail =
    key !== null && !KEY.test(key)
      ? 'Idempotency-Key has 1 to 200 visible ASCII characters.'
      : WHO.test(who)
        ? null
        : 'Patchbay-Actor has 1 to 64 letters, digits or any of _ . @ : -';
  if (detail !== null) {
    sendProblem(response, {
      status: 400,
      code: 'invalid-request',
      title: 'A header cannot be used.',
      detail,
    });
    return undefined;
  }
  const about = JSON.stringify([request.method, request.baseUrl, request.path, asked]);
  return { id: newId(), who, key, digest: createHash('sha256').update(about).digest('hex') };
}

export const KEY_REUSED: Problem = {
  status: 409,
  code: 'key-reused',
  title: 'This Idempotency-Key was used for something else, or so long ago that nothing is known of it.',
};
