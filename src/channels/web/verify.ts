/** Who sent it: the site's own servers sign the time and the raw bytes, as Slack does. */
import type { KeyObject } from 'node:crypto';
import { checkTimestamp, header, hmacHex, refused, signedBy } from '../signature.ts';
import type { Verdict, WebhookRequest } from '../webhook.ts';

const SIGNATURE = 'x-patchbay-signature';
export const TIMESTAMP = 'x-patchbay-timestamp';

const SIGNED = /^v1=([0-9a-f]{64})$/i;

export function verify(request: WebhookRequest, keys: readonly KeyObject[], nowMs: number): Verdict {
  const signature = header(request, SIGNATURE);
  const timestamp = header(request, TIMESTAMP);
  if (signature === undefined || signature === '') return refused('missing-signature');
  if (signature === null) return refused('doubled-signature');
  const digest = SIGNED.exec(signature)?.[1];
  if (digest === undefined) return refused('malformed-signature');
  if (timestamp === undefined || timestamp === null) return refused('malformed-timestamp');
  const secret = signedBy(keys, [`${timestamp}.`, request.body], digest);
  if (secret === null) return refused('wrong-signature');
  // A time that is off says something of our clock only where the site's own server has said it.
  const timely = checkTimestamp(timestamp, nowMs);
  return timely.ok ? { ok: true, secret } : timely;
}

/** The headers a server of the site sends with these bytes. */
export function sign(secret: string, body: Uint8Array, nowMs: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  return { [TIMESTAMP]: timestamp, [SIGNATURE]: `v1=${hmacHex(secret, `${timestamp}.`, body)}` };
}
