/** The end of what waits behind a closed account for longer than a message may. */
import type { Ages } from '../clock/clock.ts';
import { pause, persist } from '../storage/persist.ts';
import type { Store } from '../storage/store.ts';
import type { Outlet } from './deliver-run.ts';
import type { Gate } from './gate.ts';
import { tooOld } from './policy.ts';

export interface LapseOptions {
  readonly store: Pick<Store, 'lapse'>;
  readonly gate: Pick<Gate, 'closed'>;
  readonly outlet: (tenant: string, channel: string) => Outlet | undefined;
  readonly ages: Pick<Ages, 'ago'>;
  readonly stop: AbortSignal;
}

/** Where messages do go out, each is asked for its age when its turn comes; here none has a turn. */
export async function lapseOnce({ store, gate, outlet, ages, stop }: LapseOptions): Promise<void> {
  for (const { tenant, channel, reason } of gate.closed()) {
    const found = outlet(tenant, channel);
    if (found === undefined) continue;
    const { policy } = found;
    const lapse = { tenant, channel, before: ages.ago(policy.retry.maxAgeMs), fault: tooOld(policy, reason) };
    while (!stop.aborted && (await persist(() => store.lapse(lapse), stop)) > 0);
  }
}

/** Runs until the signal. */
export async function lapseLoop(options: LapseOptions, everyMs: number): Promise<void> {
  const { stop } = options;
  while (!stop.aborted) {
    await pause(everyMs, stop);
    try {
      if (!stop.aborted) await lapseOnce(options);
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }
}
