/** What became of our messages. https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components#statuses-object */
import { type InboundEvent, RECEIPT_STATUSES, type ReceiptStatus } from '../../message/event.ts';
import type { Fault } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asNumber, asObjects, compact } from '../json.ts';
import { errorRow } from './faults.ts';
import { timeOf } from './time.ts';

/** One event; undefined for a status without its id or time. */
export function receiptOf(item: JsonObject): InboundEvent | undefined {
  const target = asId(item.id);
  const time = timeOf(item.timestamp);
  if (target === undefined || time === undefined) return undefined;
  const status = RECEIPT_STATUSES.find(known => known === item.status);
  if (status === undefined || item.type === 'call')
    return { kind: 'ignored', reason: 'a status we do not track' };
  const marker = asId(item.biz_opaque_callback_data);
  return {
    kind: 'receipt',
    receipt: compact({ target, marker, status, time, fault: faultOf(status, item) }),
  };
}

/** Nothing is open after a failure was reported, so what would be ambiguous in an answer is not sent here. */
function faultOf(status: ReceiptStatus, item: JsonObject): Fault | undefined {
  if (status !== 'failed') return undefined;
  const code = asObjects(item.errors)
    .map(error => asNumber(error.code))
    .find(each => each !== undefined);
  if (code === undefined)
    return { code: 'invalid-message', detail: 'the platform reported a failure without a reason' };
  const row = errorRow(code);
  const platformCode = String(code);
  if (row === undefined) return { code: 'invalid-message', detail: 'an error we do not know', platformCode };
  return {
    code: row.fault === 'ambiguous' ? 'unavailable' : row.fault,
    detail: row.meaning,
    platformCode,
  };
}
