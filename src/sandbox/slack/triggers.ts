/** Every kind of request Slack sends. */
import type { Trigger } from '../platform.ts';
import { eventTriggers } from './triggers-events.ts';
import { interactionTriggers } from './triggers-interactions.ts';
import { messageTriggers } from './triggers-messages.ts';

export const triggers: readonly Trigger[] = [...messageTriggers, ...eventTriggers, ...interactionTriggers];
