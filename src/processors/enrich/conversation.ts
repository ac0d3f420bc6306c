/** Puts what is known of the conversation into `facts.conversation`. */
import { next, type Processor } from '../../pipeline/processor.ts';

export const conversation: Processor = {
  name: 'conversation',
  process(envelope) {
    const { messages, previousAt } = envelope.conversation;
    const idleMs = previousAt === null ? null : Math.max(0, envelope.receivedAt - previousAt);
    const facts = { ...envelope.facts, conversation: { first: messages === 0, messages, idleMs } };
    return next({ ...envelope, facts });
  },
};
