/** What follows the channels when a reload has changed them, in the same turn of the loop. */
import type { ChannelChanges, Mounted } from './channels.ts';
import type { RunningDelivery } from './delivery.ts';
import type { Front } from './front.ts';
import type { Introductions } from './introduce.ts';

export interface SwapParts {
  readonly mounted: Mounted;
  /** Null where the work is not done here. */
  readonly delivery: Pick<RunningDelivery, 'renew'> | null;
  readonly introductions: Introductions | null;
  /** Stands only when everything else does. */
  readonly front: () => Pick<Front, 'refresh'>;
  readonly draining: () => boolean;
}

export function swapping(parts: SwapParts): (changes: ChannelChanges) => void {
  const { mounted, delivery, introductions, front, draining } = parts;
  return ({ added, changed }) => {
    // What is being closed is not opened again.
    if (draining()) return;
    front().refresh();
    const fresh = [...added, ...changed].flatMap(id => mounted.get(id) ?? []);
    for (const { file } of fresh) delivery?.renew(file.tenant, file.id);
    introductions?.begin(fresh);
  };
}
