/** Refuses a message that is not of the published form: an adapter's bug shows here, before anything builds on it. */
import { InboundMessage } from '../../message/message.ts';
import { next, type Processor } from '../../pipeline/processor.ts';

const YEAR_2000 = Date.UTC(2000);
const YEAR_2100 = Date.UTC(2100);

export const schema: Processor = {
  name: 'schema',
  process(envelope) {
    const read = InboundMessage.safeParse(envelope.message);
    if (!read.success) {
      const [issue] = read.error.issues;
      // The path and the kind of problem; zod's message may quote the value.
      return { kind: 'reject', reason: `${issue?.path.join('.') || 'message'}: ${issue?.code ?? 'invalid'}` };
    }
    if (read.data.time < YEAR_2000 || read.data.time > YEAR_2100) {
      return { kind: 'reject', reason: 'time: not milliseconds between the years 2000 and 2100' };
    }
    return next(envelope);
  },
};
