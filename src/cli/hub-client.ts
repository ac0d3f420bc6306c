/** The running hub, found through its data folder and asked over its API. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Unreadable } from '../channels/channel.ts';
import { type HttpClient, httpClient } from '../channels/http.ts';
import { apiToken } from '../config/api-token.ts';
import type { HubConfig } from '../config/config.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';

const RunFile = z.object({
  pid: z.number(),
  url: z.string(),
  sandbox: z.string().nullable(),
  startedAt: z.number(),
});

export type Asked =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }
  /** Nobody is there, or who is there says nothing that can be read. */
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface AskedFor {
  readonly method: 'POST' | 'PATCH';
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HubClient extends AsyncDisposable {
  readonly url: string;
  /** Where the sandbox platforms are; null where no channel needs one. */
  readonly sandboxUrl: string | null;
  readonly http: HttpClient;
  /** `GET` below the hub's address, with its token; or another method, with a body that becomes JSON. */
  ask(path: string, how?: AskedFor): Promise<Asked>;
  /** `GET` of the sandbox's inspection API. */
  askSandbox(path: string): Promise<Asked>;
}

const MAX_ANSWER_BYTES = 64_000_000;
const PATIENCE_MS = 10_000;

/** Null where no hub has said that it runs on this data folder. */
export function findHub(config: HubConfig): HubClient | null {
  const found = readRunFile(config.data);
  if (found === null) return null;
  const http = httpClient();
  const url = reachable(found.url);
  const get = async (
    address: string,
    headers: Readonly<Record<string, string>> = {},
    how?: AskedFor,
  ): Promise<Asked> => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const outcome = await http.request({
      method: how?.method ?? 'GET',
      url: address,
      headers:
        how === undefined ? headers : { ...headers, 'content-type': 'application/json', ...how.headers },
      ...(how === undefined ? {} : { body: JSON.stringify(how.body) }),
      signal,
      maxResponseBytes: MAX_ANSWER_BYTES,
    });
    if (outcome.kind === 'failure') return { kind: 'unreachable', reason: outcome.reason };
    const body = parsed(outcome.body.toString('utf8'));
    return body === undefined
      ? { kind: 'unreachable', reason: `an answer of status ${outcome.status} that is no JSON` }
      : { kind: 'answered', status: outcome.status, body };
  };
  return {
    url,
    sandboxUrl: found.sandbox,
    http,
    ask: (path, how) =>
      get(`${url}${path}`, { authorization: `Bearer ${apiToken(config.data, config)}` }, how),
    async askSandbox(path) {
      if (found.sandbox === null) return { kind: 'unreachable', reason: 'no channel is in the sandbox' };
      return get(`${found.sandbox}/_sandbox/${path}`);
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

function readRunFile(dataDir: string): z.output<typeof RunFile> | null {
  try {
    const read = RunFile.safeParse(JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

/** An address to listen on that stands for all is none to connect to everywhere. */
export const reachable = (url: string): string =>
  url.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What to do when no hub answers. */
export function tellUnreachable(session: Session, config: HubConfig, reason?: string): ExitCode {
  const why = reason === undefined ? '' : ` (${reason})`;
  session.problem(`no hub is running on ${config.data}${why}`);
  session.note('Start one with "npm start" (or "npx patchbay start"), and try again in another terminal.');
  return EXIT.unreachable;
}

/** An answer that is not the one hoped for. */
export function tellRefused(session: Session, asked: Extract<Asked, { kind: 'answered' }>): ExitCode {
  const { title, detail } = (asked.body ?? {}) as { title?: string; detail?: string };
  const why =
    asked.status === 401 ? 'its token is another one than in this configuration' : (detail ?? title);
  session.problem(`the hub answered ${asked.status}${why === undefined ? '' : `: ${why}`}`);
  return EXIT.problems;
}

/** For bodies of the platforms: why an adapter could not read one. Any other error is a bug. */
export function unreadable(error: unknown): string {
  if (error instanceof Unreadable) return error.message;
  throw error;
}
