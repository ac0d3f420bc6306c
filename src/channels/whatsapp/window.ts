/**
 * Free messages go to a person within 24 hours of their last one, templates at any time.
 * https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#customer-service-windows
 */
import type { Fault } from '../../message/fault.ts';
import type { SendContext } from '../channel.ts';
import { closedWindow, DAY_MS } from '../meta/window.ts';
import type { WhatsAppWire } from './wire.ts';

const WINDOW = { lengthMs: DAY_MS, instead: 'only a template may go' };

/** Groups have rules of their own, and marketing messages are templates. */
const isFree = ({ kind, edge, body }: WhatsAppWire): boolean =>
  kind === 'message' &&
  edge === 'messages' &&
  body.type !== 'template' &&
  body.recipient_type === 'individual';

export const outsideWindow = (
  wire: WhatsAppWire,
  { lastInboundAt }: Pick<SendContext, 'lastInboundAt'>,
  nowMs: number,
): Fault | null => (isFree(wire) ? closedWindow(lastInboundAt, nowMs, WINDOW) : null);
