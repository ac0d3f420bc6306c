/** Bodies of the API: JSON, bounded, strictly read. */
import type { Request, Response } from 'express';
import { Unreadable } from '../../channels/channel.ts';
import { readJson } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { readBody } from '../body.ts';
import { sendProblem } from '../problem.ts';

const MAX_BODY_BYTES = 1_000_000;

/** The body, or undefined after the problem was answered. */
export async function readJsonBody(request: Request, response: Response): Promise<JsonObject | undefined> {
  if (request.is('json') === false) {
    sendProblem(response, { status: 415, code: 'not-json', title: 'The body must be application/json.' });
    return undefined;
  }
  const body = await new Promise<Parameters<Parameters<typeof readBody>[2]>[0]>(resolve => {
    readBody(request, MAX_BODY_BYTES, resolve);
  });
  if (!body.ok) {
    response.set('connection', 'close');
    sendProblem(response, {
      status: 413,
      code: 'too-large',
      title: `The body is larger than ${MAX_BODY_BYTES} bytes.`,
    });
    return undefined;
  }
  try {
    return readJson(body.bytes);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    sendProblem(response, {
      status: 400,
      code: 'not-json',
      title: 'The body cannot be read.',
      detail: error.message,
    });
    return undefined;
  }
}
