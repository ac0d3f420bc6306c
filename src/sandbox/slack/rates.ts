/** How often a method may be called. https://docs.slack.dev/apis/web-api/rate-limits */
import { asId } from '../../channels/json.ts';
import { type Buckets, buckets, noLimit } from '../buckets.ts';
import type { AccountContext } from '../platform.ts';
import type { Arguments } from './calls.ts';

/** A minute, for each method of a workspace. */
const TIERS: Readonly<Record<string, number>> = {
  'chat.update': 50,
  'chat.delete': 50,
  'chat.postEphemeral': 100,
  'conversations.history': 50,
  'conversations.replies': 50,
  'conversations.open': 50,
  'reactions.add': 50,
  'reactions.remove': 20,
  'users.info': 100,
};
const DEFAULT_TIER = 100;
/** "Short bursts are tolerated", without a number. */
const POST_BURST = 4;

/** Takes one call; 0, or the seconds to wait. */
export function rates({ behaviour, now }: AccountContext): (method: string, args: Arguments) => number {
  if (behaviour.rates === 'none') return () => 0;
  const posts = buckets({ perSecond: 1, burst: POST_BURST, now });
  const methods = new Map<string, Buckets>();
  const ofMethod = (method: string): Buckets => {
    const perMinute = TIERS[method] ?? DEFAULT_TIER;
    const bucket = methods.get(method) ?? buckets({ perSecond: perMinute / 60, burst: perMinute, now });
    methods.set(method, bucket);
    return bucket;
  };
  return (method, args) => {
    const wait =
      method === 'chat.postMessage'
        ? posts.take(asId(args.channel) ?? '')
        : (ofMethod(method) ?? noLimit).take('');
    return Math.ceil(wait / 1_000);
  };
}
