/** The buckets of one account: its own, and one for each conversation that is not as good as new. */
import type { Rate, Rates } from '../channels/capabilities.ts';
import { type Fault, type PaceHint, scopeOf } from '../message/fault.ts';
import { type Bucket, type BucketState, createBucket } from './pace-bucket.ts';

/** What a channel file says of rates: null is no limit, undefined what the platform documents. */
export interface RateLimit {
  readonly account?: Rate | null;
  readonly conversation?: Rate | null;
  /** Of looks into the platform's history. */
  readonly lookups?: Rate | null;
}

export interface Pace {
  readonly account: Bucket;
  /** Of a conversation; where it is one person's, of the pair of us and them. */
  conversation(id: string, now: number): Bucket;
  /** What the platform said about our speed, with a refusal or without one. */
  told(told: Told, now: number): void;
  state(now: number): PaceState;
}

export type Told = {
  readonly conversation: string;
  /** When the attempt began, on the clock of `now`. */
  readonly startedAt: number;
} & ({ readonly fault: Fault } | { readonly hint: PaceHint });

export interface PaceState extends BucketState {
  readonly rates: readonly Rate[];
  readonly conversationRates: readonly Rate[];
  /** How many conversations are paced at the moment. */
  readonly conversations: number;
}

/** A bucket that is forgotten is a full one: the platform itself would tell then. */
const MAX_CONVERSATIONS = 20_000;

export function createPace(
  documented: Rates | undefined,
  limit: RateLimit,
  at: { readonly now: number; readonly speed: number },
): Pace {
  const rates = chosen(limit.account, documented?.account);
  const conversationRates = chosen(limit.conversation, documented?.conversation);
  const account = createBucket(rates, at.speed, at.now);
  const conversations = new Map<string, Bucket>();

  function conversation(id: string, now: number): Bucket {
    const known = conversations.get(id);
    // Behind the others: those that were not asked for the longest are forgotten first.
    conversations.delete(id);
    const found = known ?? createBucket(conversationRates, 1, now);
    conversations.set(id, found);
    for (const [oldest, bucket] of conversations) {
      if (oldest === id || (conversations.size <= MAX_CONVERSATIONS && !bucket.isFresh(now))) break;
      conversations.delete(oldest);
    }
    return found;
  }

  return {
    account,
    conversation,
    told(told, now) {
      const { startedAt } = told;
      if ('hint' in told) {
        const { scope, waitMs } = told.hint;
        (scope === 'account' ? account : conversation(told.conversation, now)).close(now, waitMs);
        return;
      }
      const { retryAfterMs } = told.fault;
      const ofAccount = scopeOf(told.fault) === 'account';
      const bucket = ofAccount ? account : conversation(told.conversation, now);
      bucket.limited(now, retryAfterMs === undefined ? { startedAt } : { startedAt, retryAfterMs });
    },
    state: now => ({
      ...account.state(now),
      rates,
      conversationRates,
      conversations: conversations.size,
    }),
  };
}

const chosen = (
  own: Rate | null | undefined,
  documented: readonly Rate[] | undefined = [],
): readonly Rate[] => (own === undefined ? documented : own === null ? [] : [own]);
