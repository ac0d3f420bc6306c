/**
 * What may go without an approved form: 24 hours after a person's last message, and 7 days what a human writes.
 * https://developers.facebook.com/docs/messenger-platform/policy/policy-overview#standard_messaging
 */
import type { Fault } from '../../message/fault.ts';
import type { SendContext } from '../channel.ts';
import { asObject } from '../json.ts';
import { closedWindow, DAY_MS } from '../meta/window.ts';
import type { MessengerWire } from './wire.ts';

const STANDARD = { lengthMs: DAY_MS, instead: 'only a template, or a human agent, may write' };
const HUMAN_AGENT = { lengthMs: 7 * DAY_MS, instead: 'only a template may go' };

/** Null: it has no such limit, as templates, private replies and opt-ins have rules of their own. */
function windowOf({ kind, body }: MessengerWire): typeof STANDARD | null {
  if (kind !== 'message' || asObject(body.recipient)?.id === undefined) return null;
  if (body.messaging_type === 'MESSAGE_TAG') return body.tag === 'HUMAN_AGENT' ? HUMAN_AGENT : null;
  return body.messaging_type === 'RESPONSE' || body.messaging_type === 'UPDATE' ? STANDARD : null;
}

export function outsideWindow(
  wire: MessengerWire,
  { lastInboundAt }: Pick<SendContext, 'lastInboundAt'>,
  nowMs: number,
): Fault | null {
  const window = windowOf(wire);
  return window === null ? null : closedWindow(lastInboundAt, nowMs, window);
}
