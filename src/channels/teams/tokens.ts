/**
 * The token our calls carry: got with the app's password, kept until shortly before its end, asked for once however
 * many wait for it. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#bot-to-connector
 */
import type { Fault } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import { type HttpClient, type HttpOutcome, type HttpResponse, retryAfter } from '../http.ts';
import { asId, asNumber, readableJson } from '../json.ts';
import type { TeamsConfig } from './config.ts';

export type TokenResult =
  | { readonly ok: true; readonly value: string /** Got for this very call. */; readonly fresh: boolean }
  | { readonly ok: false; readonly fault: Fault };

export interface Tokens {
  /** Never rejects. Whatever went wrong: no message has left us. */
  get(signal: AbortSignal): Promise<TokenResult>;
  /** The platform refuses it: the next call gets another. */
  drop(value: string): void;
}

const EARLY_MS = 300_000;
const DEADLINE_MS = 10_000;

interface Kept {
  readonly value: string;
  readonly until: number;
}

export function tokenKeeper(
  { credentials, account, api }: TeamsConfig,
  http: HttpClient,
  now: () => number,
): Tokens {
  let kept: Kept | null = null;
  let running: Promise<TokenResult> | null = null;
  // Bots of one organisation ask there; all others share a directory of the Bot Framework's own.
  const url = `${api.login_url.replace(/\/+$/, '')}/${account.tenant_id ?? 'botframework.com'}/oauth2/v2.0/token`;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: account.app_id,
    client_secret: credentials.app_password,
    scope: api.token_scope,
  }).toString();

  async function ask(): Promise<TokenResult> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const outcome = await http.request({ method: 'POST', url, headers, body, signal });
    const read = readToken(outcome, now());
    if ('fault' in read) return { ok: false, fault: read.fault };
    kept = read;
    return { ok: true, value: read.value, fresh: true };
  }

  return {
    async get(signal) {
      if (signal.aborted) return GIVEN_UP;
      if (kept !== null && now() < kept.until) return { ok: true, value: kept.value, fresh: false };
      running ??= ask().finally(() => {
        running = null;
      });
      return unlessAborted(running, signal);
    },
    drop(value) {
      if (kept?.value === value) kept = null;
    },
  };
}

const GIVEN_UP: TokenResult = {
  ok: false,
  fault: { code: 'not-connected', detail: 'given up before there was a token to send with' },
};

/** The token is for all who wait: one who gives up does not take it from the others. */
function unlessAborted(asked: Promise<TokenResult>, signal: AbortSignal): Promise<TokenResult> {
  const { promise, resolve } = Promise.withResolvers<TokenResult>();
  const giveUp = (): void => resolve(GIVEN_UP);
  signal.addEventListener('abort', giveUp, { once: true });
  return Promise.race([asked, promise]).finally(() => signal.removeEventListener('abort', giveUp));
}

function readToken(outcome: HttpOutcome, nowMs: number): Kept | { readonly fault: Fault } {
  if (outcome.kind === 'failure')
    return { fault: { code: 'not-connected', detail: `no token to send with: ${outcome.reason}` } };
  const answer = readableJson(outcome.body) ?? {};
  const value = asId(answer.access_token);
  const lifetime = asNumber(answer.expires_in) ?? Number(asId(answer.expires_in));
  if (outcome.status !== 200) return { fault: refusal(outcome, answer, nowMs) };
  if (value === undefined || !/^[\x21-\x7e]+$/.test(value) || !(lifetime > 0))
    return {
      fault: { code: 'unavailable', detail: 'the login answered 200 without a token', httpStatus: 200 },
    };
  const lifetimeMs = lifetime * 1_000;
  return { value, until: nowMs + lifetimeMs - Math.min(EARLY_MS, lifetimeMs / 2) };
}

const ERROR_NAME = /^[a-z_]{1,60}$/;
const DIRECTORY_CODE = /\bAADSTS\d{4,8}\b/;

/** Names and numbers only: the description quotes what we sent. */
function refusal(response: HttpResponse, answer: JsonObject, nowMs: number): Fault {
  const { status } = response;
  const error = asId(answer.error);
  const name = error !== undefined && ERROR_NAME.test(error) ? error : undefined;
  const [code] = DIRECTORY_CODE.exec(asId(answer.error_description) ?? '') ?? [];
  const detail = `the login refused a token: ${[name, code].filter(Boolean).join(' ') || status}`;
  const platformCode = code ?? name;
  const more = { httpStatus: status, ...(platformCode === undefined ? {} : { platformCode }) };
  if (status === 429) return { code: 'rate-limited', detail, ...more, ...retryAfter(response, nowMs) };
  const passing = status === 408 || status >= 500 || name === 'temporarily_unavailable';
  return { code: passing ? 'unavailable' : 'unauthorized', detail, ...more };
}
