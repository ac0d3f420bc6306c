/** Requests that await more than an empty 200: menus that ask for their options. We have none to give. */

import { Unreadable } from '../channel.ts';
import { readJson } from '../json.ts';
import type { Answer, WebhookRequest } from '../webhook.ts';
import { readForm } from './form.ts';

const ASKING = [Buffer.from('block_suggestion'), Buffer.from('dialog_suggestion')];
const NO_OPTIONS: Answer = { status: 200, body: '{"options":[]}', contentType: 'application/json' };

/** https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload */
export function reply({ body }: WebhookRequest): Answer | undefined {
  if (body[0] !== 0x70 /* p, as in payload= */) return undefined;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!ASKING.some(marker => bytes.includes(marker))) return undefined;
  return asksForOptions(body) ? NO_OPTIONS : undefined;
}

function asksForOptions(body: Uint8Array): boolean {
  try {
    const { type } = readJson(readForm(body).get('payload') ?? '');
    return type === 'block_suggestion' || type === 'dialog_suggestion';
  } catch (error) {
    if (error instanceof Unreadable) return false;
    throw error;
  }
}
