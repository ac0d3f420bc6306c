/**
 * The keys Microsoft signs with, found through its OpenID metadata and kept. Asked for by a name nobody knows, they
 * are fetched again, but rarely: names cost whoever makes them up nothing.
 * https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../../message/json.ts';
import type { HttpClient } from '../http.ts';
import { asId, asList, asObjects, asText, readableJson } from '../json.ts';

export interface SigningKey {
  readonly kind: 'key';
  readonly key: KeyObject;
  /** The channels whose activities this key may sign. */
  readonly endorsements: readonly string[];
}

export type FoundKey = SigningKey | { readonly kind: 'unknown' } | { readonly kind: 'unavailable' };

/** Never rejects; answers within the deadline. */
export type FindKey = (kid: string) => Promise<FoundKey>;

export interface KeyOptions {
  readonly metadataUrl: string;
  readonly http: HttpClient;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const HOUR_MS = 3_600_000;
/** Fetched anew after a day; "keys may be cached for up to 5 days" where that fails. */
const FRESH_MS = 24 * HOUR_MS;
const USABLE_MS = 5 * FRESH_MS;
/** Between two fetches for unknown names, and between two after a failure. */
const COOLDOWN_MS = HOUR_MS;
const FAILURE_COOLDOWN_MS = 5_000;
/** Both requests together: the webhook's sender waits. */
const DEADLINE_MS = 2_000;
const MAX_BYTES = 512 * 1024;
const MAX_KEYS = 100;

interface Kept {
  readonly keys: ReadonlyMap<string, SigningKey>;
  readonly at: number;
}

export function keyRing({ metadataUrl, http, now }: KeyOptions): FindKey {
  let kept: Kept | null = null;
  let failedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<Kept | null> | null = null;

  async function fetchKeys(): Promise<Kept | null> {
    const keys = await download(metadataUrl, http);
    if (keys === null) failedAt = now();
    else kept = { keys, at: now() };
    return kept;
  }

  /** At most one fetch at a time; whoever comes meanwhile waits for the same. */
  function refresh(): Promise<Kept | null> {
    if (now() - failedAt < FAILURE_COOLDOWN_MS) return Promise.resolve(kept);
    running ??= fetchKeys().finally(() => {
      running = null;
    });
    return running;
  }

  const ageMs = (): number => (kept === null ? Number.POSITIVE_INFINITY : now() - kept.at);

  return async kid => {
    if (ageMs() >= FRESH_MS) await refresh();
    if (kept === null || ageMs() >= USABLE_MS) return { kind: 'unavailable' };
    const found = kept.keys.get(kid);
    if (found !== undefined) return found;
    if (ageMs() < COOLDOWN_MS) return { kind: 'unknown' };
    const before = kept;
    await refresh();
    // Not fetched: the key may be one of tomorrow's.
    return kept.keys.get(kid) ?? { kind: kept === before ? 'unavailable' : 'unknown' };
  };
}

/** Null where they cannot be had. */
async function download(url: string, http: HttpClient): Promise<ReadonlyMap<string, SigningKey> | null> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const metadata = await getJson(url, http, signal);
  const jwksUri = asText(metadata?.jwks_uri);
  if (jwksUri === undefined || !isAsSafe(jwksUri, url)) return null;
  const keys = readKeys(await getJson(jwksUri, http, signal));
  return keys.size === 0 ? null : keys;
}

/** The metadata may name any address, but none that is less protected than its own. */
function isAsSafe(jwksUri: string, metadataUrl: string): boolean {
  if (!URL.canParse(jwksUri)) return false;
  const { protocol, host } = new URL(jwksUri);
  const own = new URL(metadataUrl);
  return protocol === 'https:' || (protocol === own.protocol && host === own.host);
}

async function getJson(url: string, http: HttpClient, signal: AbortSignal): Promise<JsonObject | null> {
  const headers = { accept: 'application/json' };
  const answer = await http.request({ method: 'GET', url, headers, signal, maxResponseBytes: MAX_BYTES });
  if (answer.kind === 'failure' || answer.status !== 200) return null;
  return readableJson(answer.body) ?? null;
}

/** Keys of another kind, for another use or too short are left out. */
function readKeys(document: JsonObject | null): ReadonlyMap<string, SigningKey> {
  const keys = new Map<string, SigningKey>();
  for (const jwk of asObjects(document?.keys).slice(0, MAX_KEYS)) {
    const kid = asId(jwk.kid);
    const key = kid === undefined ? null : publicKey(jwk);
    if (kid === undefined || key === null) continue;
    const endorsements = asList(jwk.endorsements).filter(one => typeof one === 'string');
    keys.set(kid, { kind: 'key', key, endorsements });
  }
  return keys;
}

const MIN_BITS = 2_048;

function publicKey({ kty, use, alg, n, e }: JsonObject): KeyObject | null {
  if (kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string') return null;
  if ((use ?? 'sig') !== 'sig' || (alg ?? 'RS256') !== 'RS256') return null;
  try {
    const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
    return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_BITS ? key : null;
  } catch {
    return null;
  }
}
