/** Every kind of webhook Messenger sends. */
import type { Trigger } from '../platform.ts';
import { hookOf, itemOf, newMid, SENDER_PARAMS } from './trigger-shell.ts';
import { answerTriggers } from './triggers-answers.ts';
import { contentTriggers } from './triggers-content.ts';
import { noticeTriggers } from './triggers-notices.ts';

const MAX_BATCH = 1_000;

/** Meta puts up to 1,000 updates into one request. */
const batch: Trigger = {
  name: 'batch',
  describe: 'several messages and a read mark in one request',
  params: [...SENDER_PARAMS, 'text', 'count'],
  draft(context) {
    const count = Math.min(MAX_BATCH, Math.max(1, Number(context.param('count', '3')) || 1));
    const messages = Array.from({ length: count }, (_, index) => ({
      ...itemOf(context, {
        message: {
          mid: newMid(context.random),
          text: `${context.param('text', 'Message')} ${index + 1}`,
        },
      }),
      timestamp: context.now + index * 1_000,
    }));
    return hookOf(context, [...messages, itemOf(context, { read: { watermark: context.now } })]);
  },
};

export const triggers: readonly Trigger[] = [...contentTriggers, ...answerTriggers, ...noticeTriggers, batch];
