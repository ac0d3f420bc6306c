/** From the port's objects to what is stored: messages become JSON here, in the caller's thread. */
import type { InboundEvent } from '../../message/event.ts';
import type { OutboundMessage } from '../../message/message.ts';
import { formatPosition } from '../log.ts';
import type { ReadRecord, WorkResult } from '../store.ts';
import type { PreparedEvent, PreparedRecord } from './database/accept.ts';
import type { PreparedReply, PreparedResult } from './database/work.ts';

export function prepareRecord(record: ReadRecord): PreparedRecord {
  const { id, at, tenant, channel, position, events } = record;
  return { id, at, tenant, channel, raw: formatPosition(position), events: events.map(prepareEvent) };
}

function prepareEvent(event: InboundEvent): PreparedEvent {
  switch (event.kind) {
    case 'message': {
      const { message } = event;
      return {
        kind: 'message',
        // SQLite replaces half a surrogate pair; done before, the same id stays the same.
        platformId: message.id.toWellFormed(),
        conversation: message.address.conversation.toWellFormed(),
        content: message.content.kind,
        json: JSON.stringify(message),
      };
    }
    case 'outbound': {
      const { message, idempotencyKey, digest } = event;
      const { conversation } = message.address;
      return {
        kind: 'outbound',
        id: message.id,
        conversation,
        json: JSON.stringify(message),
        idempotencyKey,
        digest,
      };
    }
    default:
      return event;
  }
}

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
