/** From the port's objects to what is stored: messages become JSON here, in the caller's thread. */
import type { OutboundMessage } from '../../message/message.ts';
import type { WorkResult } from '../work-queue.ts';
import type { PreparedReply, PreparedResult } from './database/work.ts';

export function prepareResult(result: WorkResult): PreparedResult {
  const { outcome } = result;
  return {
    seq: result.seq,
    attempt: result.attempt,
    outcome: outcome.kind === 'done' ? { kind: 'done', replies: outcome.replies.map(prepareReply) } : outcome,
    stages: result.stages,
    facts: JSON.stringify(result.facts),
    language: result.facts.language?.code ?? null,
  };
}

function prepareReply(message: OutboundMessage): PreparedReply {
  const { tenant, channel, conversation } = message.address;
  return {
    id: message.id,
    tenant,
    channel,
    conversation,
    cause: message.cause ?? null,
    json: JSON.stringify(message),
  };
}
