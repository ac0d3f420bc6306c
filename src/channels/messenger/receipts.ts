/** What became of our messages: delivered and read up to a time, and the echo of each. */
import type { InboundEvent, Receipt, ReceiptStatus } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asList, asText } from '../json.ts';
import { timeOf } from './ids.ts';
import { deliveryOf } from './marker.ts';
import { ignored, type Read, type Told } from './told.ts';

const receipt = (told: Receipt): InboundEvent => ({ kind: 'receipt', receipt: told });

/**
 * The messages it names, and all that was sent up to the watermark, which may be without names. Whom a message went
 * to is told only for the latter: an answer to a comment goes to the comment, and its receipts come from the person.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-deliveries
 */
const upTo =
  (status: ReceiptStatus): Read =>
  (part, told) => {
    const watermark = timeOf(part.watermark);
    const named = [...asList(part.mids), part.mid ?? null].filter(
      mid => typeof mid === 'string' && mid !== '',
    );
    if (watermark === undefined && named.length === 0) return `a ${status} receipt without a watermark`;
    const conversation = told.person;
    const time = watermark ?? told.time;
    const receipts = named.map(target => receipt({ target: String(target), status, time }));
    return watermark === undefined
      ? receipts
      : [...receipts, receipt({ watermark, conversation, status, time })];
  };

export const delivered = upTo('delivered');
export const read = upTo('read');

/** The app of the page's own inbox, where people of ours write. */
const PAGE_INBOX = '263902037430900';

/**
 * What the page said, whoever wrote it. Ours carries the delivery and proves its acceptance; the rest was said by
 * people in the inbox and by other apps, and is nothing to answer.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-echoes
 */
export function echo(message: JsonObject, told: Told): readonly InboundEvent[] | string {
  const target = asId(message.mid);
  if (target === undefined) return 'an echo without a message id';
  const app = appOf(message);
  const own = told.account.appId;
  const marker = deliveryOf(asText(message.metadata));
  const foreign = app !== undefined && own !== undefined && app !== own;
  if (marker !== undefined && !foreign) return [receipt({ target, marker, status: 'sent', time: told.time })];
  if (app === undefined || app === PAGE_INBOX) return [ignored('said by a person in the page inbox')];
  return [ignored(app === own ? 'said by our app, not by the hub' : 'said by another app')];
}

function appOf({ app_id: app }: JsonObject): string | undefined {
  return typeof app === 'number' ? String(app) : asId(app);
}
