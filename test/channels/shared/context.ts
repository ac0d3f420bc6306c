/** What adapters are given beside a wire message. */
import type { SendContext } from '../../../src/channels/channel.ts';

/** The first attempt at a wire message, with all the time there is. */
export const context = (more: Partial<SendContext> = {}): SendContext => ({
  marker: 'd_0001',
  attempt: 1,
  seq: 1,
  signal: new AbortController().signal,
  ...more,
});
