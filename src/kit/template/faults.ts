/** What the refusals of Sample Platform mean, by its own codes. */
import type { FaultCode } from 'patchbay/adapter';

export const FAULT_CODES: Readonly<Record<string, FaultCode>> = {
  slow_down: 'rate-limited',
  maintenance: 'unavailable',
  bad_token: 'unauthorized',
  unknown_conversation: 'unreachable',
  blocked: 'unreachable',
  too_long: 'invalid-message',
};
