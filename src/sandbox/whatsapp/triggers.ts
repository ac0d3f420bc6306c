/** Every kind of webhook WhatsApp sends. */
import type { Trigger } from '../platform.ts';
import { seconds } from './envelope.ts';
import { statusObject } from './statuses.ts';
import { change, contactOf, messageShell, newWamid, SENDER_PARAMS, senderOf } from './trigger-shell.ts';
import { answerTriggers } from './triggers-answers.ts';
import { contentTriggers } from './triggers-content.ts';
import { noticeTriggers } from './triggers-notices.ts';

const MAX_BATCH = 1_000;

/** Meta puts up to 1,000 updates into one request, of several people and kinds. */
const batch: Trigger = {
  name: 'batch',
  describe: 'several messages and a status in one request',
  params: [...SENDER_PARAMS, 'text', 'count'],
  draft(context) {
    const sender = senderOf(context);
    const { phone, userId } = sender;
    const count = Math.min(MAX_BATCH, Math.max(1, Number(context.param('count', '3')) || 1));
    const sent = { id: newWamid(context.random), recipient: { phone, userId }, marker: null };
    return change(context, 'messages', {
      contacts: [contactOf(sender)],
      messages: Array.from({ length: count }, (_, index) => ({
        ...messageShell(sender, context),
        timestamp: seconds(context.now + index * 1_000),
        type: 'text',
        text: { body: `${context.param('text', 'Message')} ${index + 1}` },
      })),
      statuses: [statusObject(sent, 'read', context.now)],
    });
  },
};

export const triggers: readonly Trigger[] = [...contentTriggers, ...answerTriggers, ...noticeTriggers, batch];
