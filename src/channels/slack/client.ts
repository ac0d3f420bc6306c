/**
 * Slack's own Web API client on our HTTP: it knows how calls are written, `deps.http` knows whether a byte left us.
 * Its retries, queue and log are switched off; delivery is the one place that retries.
 */
import type { FetchFunction, WebClientOptions } from '@slack/web-api';
import type { JsonObject } from '../../message/json.ts';
import type { HttpClient, HttpOutcome } from '../http.ts';
import type { SlackConfig } from './config.ts';

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly maxResponseBytes?: number;
}

/** Slack says a posted message back, text and blocks, six bytes for each character that is not ASCII. */
const MAX_RESPONSE_BYTES = 1_000_000;

/** One call, one request, and what became of it; null where the call could not even be written. Never throws. */
export type Call = (method: string, args: JsonObject, options: CallOptions) => Promise<HttpOutcome | null>;

export function slackClient(config: Pick<SlackConfig, 'credentials' | 'api'>, http: HttpClient): Call {
  return async (method, args, options) => {
    let outcome: HttpOutcome | null = null;
    const fetch: FetchFunction = async (url, init) => {
      if (typeof init?.body !== 'string') throw new Error('only text is sent');
      // Given up before it began: certainly nothing left us.
      if (options.signal.aborted) outcome = { kind: 'failure', mayHaveLeft: false, reason: 'aborted' };
      outcome ??= await http.request({
        method: 'POST',
        url: String(url),
        headers: init.headers ?? {},
        body: init.body,
        maxResponseBytes: MAX_RESPONSE_BYTES,
        ...options,
      });
      return responseOf(outcome, String(url));
    };
    try {
      // Loaded when first needed: a hub without Slack channels never does.
      const { WebClient } = await import('@slack/web-api');
      // A client for each call: its `fetch` carries this call's signal, and its queue could not lend it another's.
      const client = new WebClient(config.credentials.bot_token, {
        ...OPTIONS,
        slackApiUrl: config.api.base_url,
        fetch,
      });
      await client.apiCall(method, { ...args });
    } catch {
      // The client throws for every answer but `ok: true`, quoting it; the outcome says the same, and safely.
    }
    return outcome;
  };
}

const silent = (): void => {};

/** The client logs every refusal, and quotes it. */
export const SILENT: NonNullable<WebClientOptions['logger']> = {
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  setLevel: silent,
  setName: silent,
  // The log level's own type is an enum of a package we do not load; nothing asks for it.
  getLevel: () => 'error' as ReturnType<NonNullable<WebClientOptions['logger']>['getLevel']>,
};

const OPTIONS: WebClientOptions = {
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  // A method is a name, never an address: the token goes to Slack only.
  allowAbsoluteUrls: false,
  logger: SILENT,
};

type Response = Awaited<ReturnType<FetchFunction>>;

function responseOf(outcome: HttpOutcome, url: string): Response {
  if (outcome.kind === 'failure') throw new Error(outcome.reason);
  const { status, headers, body } = outcome;
  const text = (): string => body.toString('utf8');
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText: '',
    url,
    headers: { get: name => headers[name.toLowerCase()] ?? null, entries: () => Object.entries(headers) },
    arrayBuffer: async () => new Uint8Array(body).buffer,
    json: async () => JSON.parse(text()),
    text: async () => text(),
  };
}
