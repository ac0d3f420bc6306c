/** Every kind of activity Teams sends. */
import type { Trigger } from '../platform.ts';
import { eventTriggers } from './triggers-events.ts';
import { invokeTriggers } from './triggers-invokes.ts';
import { messageTriggers } from './triggers-messages.ts';

export const triggers: readonly Trigger[] = [...messageTriggers, ...eventTriggers, ...invokeTriggers];
