/** A platform's request as plain data, what is made of it before it is read, and what is answered. */

/** A request as plain data: what was signed, byte by byte, and what came with it. */
export interface WebhookRequest {
  readonly method: 'GET' | 'POST';
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names; every value that came, in order. Use `header()`, which refuses doubled ones. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The raw bytes the platform signed. */
  readonly body: Uint8Array;
}

/**
 * What reading the body may need beside it: its form, and the time it was signed at, where it tells none itself.
 * Signatures and tokens have done their work and are not kept: `parse` sees these headers and no others.
 */
export function keptHeaders(headers: WebhookRequest['headers']): WebhookRequest['headers'] {
  const kept: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(headers)) {
    if (name === 'content-type' || name.endsWith('-timestamp')) kept[name] = values;
  }
  return kept;
}

/** What is said to the platform at once. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

/** Of a secret that is being rotated: the one in use, or the one before it, which is still taken. */
export type SigningSecret = 'current' | 'previous';

/**
 * Who sent it. `ok: true` with an `answer` is a handshake: answered, nothing is stored.
 * `secret` says which one it was signed with, where the platform signs with one of ours.
 * `ok: false` is answered with the status and an empty body; the reason is counted, never sent. 503 says that it
 * could not be found out now (a key server is down): the platform is to send it again.
 */
export type Verdict =
  | { readonly ok: true; readonly answer?: Answer; readonly secret?: SigningSecret }
  | { readonly ok: false; readonly status: 401 | 403 | 503; readonly reason: RefusalReason };

export type RefusalReason =
  | 'missing-signature'
  | 'doubled-signature'
  | 'malformed-signature'
  | 'wrong-signature'
  | 'malformed-timestamp'
  | 'stale-timestamp'
  | 'future-timestamp'
  | 'wrong-verify-token'
  | 'not-allowed'
  | 'unverifiable';
