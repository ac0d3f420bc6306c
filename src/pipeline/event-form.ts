/** Whether what an adapter read is of the form an event has. Slow beside reading: for what has failed already. */
import { z } from 'zod';
import { type InboundEvent, RECEIPT_STATUSES } from '../message/event.ts';
import { InboundMessage } from '../message/message.ts';

const text = z.string();

const Form = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('message'), message: InboundMessage }),
  z.object({
    kind: z.literal('receipt'),
    receipt: z.object({
      target: text.optional(),
      marker: text.optional(),
      watermark: z.number().optional(),
      conversation: text.optional(),
      status: z.enum(RECEIPT_STATUSES),
      time: z.number(),
      fault: z.object({ code: text, detail: text }).optional(),
    }),
  }),
  z.object({ kind: z.literal('ignored'), reason: text }),
  z.object({ kind: z.literal('unreadable'), reason: text, at: text }),
  // Ours, and checked when it was asked for.
  z.object({ kind: z.literal('outbound') }),
]);

/** The same events, with each that is of no form as `unreadable`: it says where, and quotes nothing. */
export function inForm(events: readonly InboundEvent[]): readonly InboundEvent[] {
  return events.map((event, index) => {
    const { error } = Form.safeParse(event);
    if (error === undefined) return event;
    const where = error.issues[0]?.path.join('.') ?? '';
    const reason = `the adapter's reading is of no form an event has${where === '' ? '' : `, at ${where}`}`;
    return { kind: 'unreadable', reason, at: `/${index}` };
  });
}
