/** One webhook on its way to the hub: signed as the platform signs, or spoiled on purpose. */
import type { ChannelDefinition } from '../../channels/channel.ts';
import type { HttpClient } from '../../channels/http.ts';
import type { Webhook } from '../../sandbox/platform.ts';

export const TAMPERINGS = ['signature', 'timestamp', 'body'] as const;
export type Tampering = (typeof TAMPERINGS)[number];

type Headers = Readonly<Record<string, string>>;

export interface Signed {
  readonly body: Buffer;
  readonly headers: Headers;
}

export interface Posted {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ms: number;
  /** Null where nobody answered: `reason` says why. */
  readonly status: number | null;
  readonly reason: string | null;
  readonly bytes: number;
  /** What the platform is told beyond the status. */
  readonly answer: string;
}

export interface Signer {
  readonly definition: ChannelDefinition;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tamper: Tampering | undefined;
}

const LONG_AGO_MS = 2 * 3_600_000;

/** Null where the platform signs nothing that could be spoiled so. */
export async function signed({ body, contentType }: Webhook, signer: Signer): Promise<Signed | null> {
  const { definition, config, tamper } = signer;
  const bytes = Buffer.from(body);
  const now = Date.now();
  const good = await definition.sign(config, bytes, now);
  const headersWith = (headers: Headers): Headers => ({ 'content-type': contentType, ...headers });
  switch (tamper) {
    case undefined:
      return { body: bytes, headers: headersWith(good) };
    case 'body':
      // Says the same, but is not what was signed.
      return { body: Buffer.concat([bytes, Buffer.from(' ')]), headers: headersWith(good) };
    case 'timestamp': {
      const old = await definition.sign(config, bytes, now - LONG_AGO_MS);
      return JSON.stringify(old) === JSON.stringify(good) ? null : { body: bytes, headers: headersWith(old) };
    }
    case 'signature': {
      const name = Object.keys(good).find(header => /signature|authorization/i.test(header));
      const value = name === undefined ? undefined : good[name];
      if (name === undefined || value === undefined) return null;
      return { body: bytes, headers: headersWith({ ...good, [name]: spoiled(value) }) };
    }
  }
}

/** Near the end, where the signature itself is; the very last character of base64 may mean nothing. */
function spoiled(value: string): string {
  const at = value.length - 5;
  return `${value.slice(0, at)}${value[at] === 'a' ? 'b' : 'a'}${value.slice(at + 1)}`;
}

const PATIENCE_MS = 10_000;
const MAX_ANSWER_BYTES = 1_000_000;

export async function post(http: HttpClient, url: string, { body, headers }: Signed): Promise<Posted> {
  const at = Date.now();
  const started = performance.now();
  const outcome = await http.request({
    method: 'POST',
    url,
    headers,
    body,
    signal: AbortSignal.timeout(PATIENCE_MS),
    maxResponseBytes: MAX_ANSWER_BYTES,
  });
  const ms = Math.round((performance.now() - started) * 10) / 10;
  const common = { at, ms, bytes: body.length };
  return outcome.kind === 'failure'
    ? { ...common, status: null, reason: outcome.reason, answer: '' }
    : { ...common, status: outcome.status, reason: null, answer: outcome.body.toString('utf8') };
}

export const isTaken = ({ status }: Posted): boolean => status !== null && status >= 200 && status < 300;
