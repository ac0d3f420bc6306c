/** Whether events are what the contract says: complete, in their own schema, and plain JSON. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { type InboundEvent, RECEIPT_STATUSES } from '../message/event.ts';
import { FAULTS } from '../message/fault.ts';
import { InboundMessage } from '../message/message.ts';
import { KIT_IDENTITY } from './subject.ts';

const text = z.string().min(1);

const Fault = z.strictObject({
  code: z.enum(Object.keys(FAULTS) as [string, ...string[]]),
  detail: text,
  retryAfterMs: z.number().nonnegative().optional(),
  httpStatus: z.number().int().optional(),
  platformCode: text.optional(),
});

const Receipt = z
  .strictObject({
    target: text.optional(),
    marker: text.optional(),
    watermark: z.number().int().optional(),
    conversation: text.optional(),
    status: z.enum(RECEIPT_STATUSES),
    time: z.number().int(),
    fault: Fault.optional(),
  })
  .refine(
    receipt =>
      receipt.target !== undefined ||
      receipt.marker !== undefined ||
      (receipt.watermark !== undefined && receipt.conversation !== undefined),
    'a receipt names its message, its marker, or a watermark with its conversation',
  );

/** What `parse` may give; `outbound` events come only from our own API. */
const Event = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('message'), message: InboundMessage }),
  z.strictObject({ kind: z.literal('receipt'), receipt: Receipt }),
  z.strictObject({ kind: z.literal('ignored'), reason: text }),
  z.strictObject({ kind: z.literal('unreadable'), reason: text, at: z.string() }),
]);

export function assertValid(events: readonly InboundEvent[]): void {
  for (const [index, event] of events.entries()) {
    const read = Event.safeParse(event);
    assert.ok(
      read.success,
      `event ${index} (${event.kind}) is not valid: ${read.success ? '' : z.prettifyError(read.error)}`,
    );
    if (event.kind !== 'message') continue;
    const { tenant, channel } = event.message.address;
    assert.deepEqual(
      { tenant, id: channel },
      KIT_IDENTITY,
      `event ${index} does not carry the tenant and id the channel was made with`,
    );
  }
  assertPlain(events, 'the events');
}

/** What `JSON.stringify` writes must be all there is: no undefined, dates, maps, holes or numbers without a value. */
export function assertPlain(value: unknown, what: string): void {
  assert.deepStrictEqual(value, JSON.parse(JSON.stringify(value)), `${what} are not plain JSON`);
}
