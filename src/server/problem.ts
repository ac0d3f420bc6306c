/** Errors of the API as RFC 9457 problem details. They say what was wrong and what to do, never what we are made of. */
import type { Request, Response } from 'express';

export interface Problem {
  readonly status: number;
  /** Stable, as `invalid-request`. */
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  /** Where in the request: JSON pointers. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export function sendProblem(response: Response, problem: Problem): void {
  const { code, ...rest } = problem;
  response
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: `urn:patchbay:${code}`, ...rest }));
}

/** For a path that is there, with other methods than this one. HEAD goes with GET. */
export const onlyFor =
  (methods: string) =>
  (_: Request, response: Response): void => {
    const title = `This takes ${methods}.`;
    sendProblem(response.set('allow', methods), { status: 405, code: 'method-not-allowed', title });
  };

export const NOT_FOUND: Problem = { status: 404, code: 'not-found', title: 'There is nothing here.' };
export const UNAUTHORIZED: Problem = {
  status: 401,
  code: 'unauthorized',
  title: 'This needs a bearer token.',
  detail:
    'Send "Authorization: Bearer <token>"; the token is what api.token of hub.yaml says, else in the file api-token of the data folder.',
};
export const UNAVAILABLE: Problem = {
  status: 503,
  code: 'unavailable',
  title: 'This cannot be stored at the moment; try again.',
};
