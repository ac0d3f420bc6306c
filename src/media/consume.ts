/** Fetching in the background: media whose messages are stored, side by side, until each is kept or given up. */
import type { Channel, MediaFetch } from '../channels/channel.ts';
import { runClaims } from '../storage/claims.ts';
import type { MediaJob, MediaOutcome } from '../storage/media.ts';
import { persist } from '../storage/persist.ts';
import type { Store } from '../storage/store.ts';
import { type DownloadParts, download } from './download.ts';
import { FAILURES, type FetchFailure } from './failure.ts';
import type { Guard } from './guard.ts';

export interface MediaConsumer extends Omit<DownloadParts, 'guard'> {
  readonly store: Store;
  /** Undefined for a channel that is not served. */
  readonly source: (
    tenant: string,
    channel: string,
  ) => { readonly channel: Pick<Channel, 'media'>; readonly guard: Guard } | undefined;
  /** How many are fetched at once. */
  readonly width: number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly onGivenUp: (job: MediaJob, reason: string) => void;
  readonly onBug: (error: unknown) => void;
}

/** An attempt beyond this was not ended by a failure but by the process, again and again. */
const MAX_ATTEMPTS = 12;

/** Runs until the signal; what is under way then is fetched again after the next start. */
export function consumeMedia(consumer: MediaConsumer): Promise<void> {
  const { store, stop } = consumer;
  return runClaims<MediaJob>({
    width: consumer.width,
    claim: limit => store.claimMedia(limit),
    onReady: wake => store.onReady('media', wake),
    stop,
    async work(job) {
      const outcome = await outcomeOf(job, consumer);
      if (outcome === null) return;
      if (outcome.kind === 'failed') consumer.onGivenUp(job, outcome.reason);
      const result = { id: job.id, attempt: job.attempt, outcome };
      await persist(() => store.finishMedia(result), stop).catch(error => {
        if (!stop.aborted) consumer.onBug(error);
      });
    },
  });
}

/** Null where the hub stopped meanwhile. */
async function outcomeOf(job: MediaJob, consumer: MediaConsumer): Promise<MediaOutcome | null> {
  if (job.attempt > MAX_ATTEMPTS) return { kind: 'failed', reason: 'the process ended while it was fetched' };
  const found = consumer.source(job.tenant, job.channel);
  if (found === undefined) return { kind: 'skipped', reason: `channel ${job.channel} is not configured` };
  try {
    const how: MediaFetch | string =
      found.channel.media?.(job.media) ?? 'this channel has no way to fetch it';
    if (typeof how === 'string') return { kind: 'skipped', reason: how };
    const downloaded = await download(job, how, { ...consumer, guard: found.guard });
    if (downloaded.ok) return { kind: 'stored', kept: downloaded.kept };
    return consumer.stop.aborted ? null : afterFailure(downloaded, job.attempt, consumer.random());
  } catch (error) {
    // The adapter's own error may quote the message.
    consumer.onBug(error);
    return { kind: 'failed', reason: 'a bug of the hub' };
  }
}

function afterFailure({ code, reason }: FetchFailure, attempt: number, random: number): MediaOutcome {
  const told = `${code}: ${reason}`;
  const { tries } = FAILURES[code];
  if (attempt >= tries) return { kind: 'failed', reason: tries === 1 ? told : `${told} (${attempt} tries)` };
  return { kind: 'retry', reason: told, afterMs: backoff(attempt, random) };
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** Four times as long from one to the next, with half of it jittered. */
const backoff = (attempt: number, random: number): number =>
  Math.ceil(Math.min(FIRST_WAIT_MS * 4 ** (attempt - 1), LONGEST_WAIT_MS) * (0.5 + random / 2));
