/** What goes out in place of a message that came too late, or that the platform took and did not deliver. */
import type { OutboundContent } from '../message/content.ts';
import type { OutboundMessage } from '../message/message.ts';
import { createBell } from '../storage/bell.ts';
import { pause, persist } from '../storage/persist.ts';
import type { FailedSend } from '../storage/send-queue.ts';
import type { Store } from '../storage/store.ts';
import type { DeliverOptions } from './deliver-run.ts';
import type { DeliveryPolicy } from './policy.ts';

export interface FallbackOptions extends Pick<DeliverOptions, 'outlet' | 'newId' | 'stop'> {
  readonly store: Pick<Store, 'failedSends' | 'answerFailed' | 'onReady'>;
}

/** They are rare: they need not be looked for at every send. */
const LOOK_AGAIN_MS = 250;
/** In case a wake-up was lost. */
const LOOK_ANYWAY_MS = 5_000;
const AT_ONCE = 100;

/** What says nothing by itself has no stand-in; nor has what is one, or was approved all the same. */
const NO_STAND_IN: ReadonlySet<OutboundContent['kind']> = new Set([
  'template',
  'typing',
  'read',
  'reaction',
  'edit',
  'deletion',
] as const);

/** Null: nothing is sent in its place. */
export function insteadOf(
  { cause, code, message }: Pick<FailedSend, 'cause' | 'code' | 'message'>,
  policy: Pick<DeliveryPolicy, 'window' | 'onFailed'>,
  newId: () => string,
): OutboundMessage | null {
  if (NO_STAND_IN.has(message.content.kind)) return null;
  const ofWindow = code === 'window-closed' ? policy.window.fallbackTemplate : null;
  const template = ofWindow ?? (cause === 'late' ? policy.onFailed.template : null);
  if (template === null) return null;
  const { address, cause: asked } = message;
  const content = { kind: 'template' as const, ...template, parameters: [] };
  return { id: newId(), address, content, ...(asked === undefined ? {} : { cause: asked }) };
}

/** Runs until the signal. */
export async function fallbackLoop(options: FallbackOptions): Promise<void> {
  const { store, stop } = options;
  const bell = createBell();
  const stopListening = store.onReady('sends', bell.ring);
  try {
    while (!stop.aborted) {
      if ((await answerAll(options)) < AT_ONCE) await bell.rest(LOOK_ANYWAY_MS, stop);
      await pause(LOOK_AGAIN_MS, stop);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    stopListening();
  }
}

async function answerAll({ store, outlet, newId, stop }: FallbackOptions): Promise<number> {
  const failures = await persist(() => store.failedSends(AT_ONCE), stop);
  for (const failure of failures) {
    const { tenant, channel } = failure.message.address;
    const found = outlet(tenant, channel);
    const instead = found === undefined ? null : insteadOf(failure, found.policy, newId);
    await persist(() => store.answerFailed({ seq: failure.seq, instead }), stop);
  }
  return failures.length;
}
