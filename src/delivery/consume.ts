/** From the send queue to the platforms, conversations side by side. */
import { runClaims } from '../storage/claims.ts';
import { persist } from '../storage/persist.ts';
import type { SendItem } from '../storage/send-queue.ts';
import { deliver } from './deliver.ts';
import type { DeliverOptions } from './deliver-run.ts';
import { doubtBook } from './doubt.ts';
import { fallbackLoop } from './fallback.ts';
import type { Gate } from './gate.ts';
import type { Pass } from './gate-pass.ts';
import { lapseLoop } from './lapse.ts';

export interface DeliveryConsumer extends Omit<DeliverOptions, 'doubts'> {
  readonly gate: Gate;
  /** How many messages are on their way at once; never two of one conversation. */
  readonly width: number;
  readonly onBug: (error: unknown) => void;
}

type Consumer = DeliveryConsumer & Pick<DeliverOptions, 'doubts'>;

interface Given {
  readonly item: SendItem;
  readonly pass: Pass;
}

/** What a bug left behind is looked at again then, by what the store has of it. */
const AFTER_BUG_MS = 5_000;
/** How often it is seen to what waits behind a closed account. */
const LAPSE_EVERY_MS = 30_000;

/** Runs until the signal; resolves when every attempt under way has a stored outcome. */
export async function consumeSends(options: DeliveryConsumer): Promise<void> {
  const consumer: Consumer = { ...options, doubts: doubtBook(() => performance.now()) };
  const { gate, store, stop } = consumer;
  try {
    gate.load(await persist(() => store.accounts(), stop));
  } catch (error) {
    if (stop.aborted) return;
    throw error;
  }
  const claims = runClaims<Given>({
    width: consumer.width,
    aside: gate.aside,
    async claim(limit) {
      const items = await store.claimSends(limit, gate.allowance());
      return items.map(item => ({ item, pass: gate.admit(item) }));
    },
    onReady(wake) {
      const ends = [store.onReady('sends', wake), gate.onOpening(wake)];
      return () => {
        for (const end of ends) end();
      };
    },
    stop,
    work: given => work(given, consumer),
  });
  await Promise.all([claims, lapseLoop(consumer, LAPSE_EVERY_MS), fallbackLoop(consumer)]);
}

async function work({ item, pass }: Given, consumer: Consumer): Promise<void> {
  const { store, stop, abort } = consumer;
  try {
    await deliver(item, pass, consumer);
  } catch (error) {
    // Told to stop between two parts, or before the first: the message waits in the store.
    if (stop.aborted || abort.aborted) return;
    consumer.onBug(error);
    // Else nobody would look at its conversation again.
    await persist(() => store.hold({ seq: item.seq, afterMs: AFTER_BUG_MS }), abort).catch(() => {});
  } finally {
    pass[Symbol.dispose]();
  }
}
