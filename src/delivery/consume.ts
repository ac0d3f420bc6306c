/** From the send queue to the platforms, conversations side by side. */
import { runClaims } from '../storage/claims.ts';
import type { SendItem } from '../storage/store.ts';
import { type DeliverOptions, deliver } from './deliver.ts';

export interface DeliveryConsumer extends DeliverOptions {
  /** How many messages are on their way at once; never two of one conversation. */
  readonly width: number;
  readonly onBug: (error: unknown) => void;
}

/** Runs until the signal; resolves when every attempt under way has a stored outcome. */
export function consumeSends(consumer: DeliveryConsumer): Promise<void> {
  const { store, stop } = consumer;
  return runClaims<SendItem>({
    width: consumer.width,
    claim: limit => store.claimSends(limit),
    onReady: wake => store.onReady('sends', wake),
    stop,
    async work(item) {
      try {
        await deliver(item, consumer);
      } catch (error) {
        // Told to stop between two parts, or before the first: the message waits in the store.
        if (stop.aborted || consumer.abort.aborted) return;
        consumer.onBug(error);
        await store.hold({ seq: item.seq, afterMs: 5_000 }).catch(() => {});
      }
    },
  });
}
