/** What Slack tells us of ourselves: our own posts come back like anybody's, without a subtype. */
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asObject } from '../json.ts';
import { isTs, messageId, msOf } from './ids.ts';
import type { Told } from './parse-events.ts';
import { ignored, type Receiver } from './telling.ts';

/** The metadata our posts carry, so that history and events can name the delivery. */
export const MARKER_EVENT = 'patchbay_delivery';

export function isOwn(message: JsonObject | undefined, { account, self }: Receiver): boolean {
  if (message === undefined) return false;
  const app = asId(message.app_id) ?? asId(asObject(message.bot_profile)?.app_id);
  return app === account.app_id || (self !== undefined && message.user === self);
}

/** The delivery a message of ours was, by its metadata. */
export function markerOf(message: JsonObject): string | undefined {
  const metadata = asObject(message.metadata);
  return metadata?.event_type === MARKER_EVENT ? asId(asObject(metadata.event_payload)?.id) : undefined;
}

/** Our own message: proof of its acceptance where it names the delivery, else nothing. */
export function ownMessage(message: JsonObject, channel: string, ts: string): readonly InboundEvent[] {
  const marker = markerOf(message);
  const time = msOf(ts);
  if (marker === undefined || time === undefined) return ignored('own message');
  return [{ kind: 'receipt', receipt: { target: messageId(channel, ts), marker, status: 'sent', time } }];
}

/** https://docs.slack.dev/reference/events/message_metadata_posted */
export function ownReceipt({ event, receiver }: Told): readonly InboundEvent[] {
  const [channel, ts] = [asId(event.channel_id), asId(event.message_ts)];
  if (!isOwn(event, receiver) || channel === undefined || !isTs(ts))
    return ignored('metadata of another app');
  return ownMessage(event, channel, ts);
}
