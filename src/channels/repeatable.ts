/** For the calls of a platform that come to the same done twice, where there is no history to look into. */
import type { JsonValue } from '../message/json.ts';
import type { Channel, Lookup } from './channel.ts';

/** What `lookup` says of such a call: whether it arrived is no matter. */
export const REPEATABLE: Lookup = {
  found: null,
  repeatable: true,
  detail: 'done twice it comes to the same as once',
};

const NO_HISTORY: Lookup = { found: null, detail: 'the platform has no history to look into' };

/** A `lookup` that asks nobody: it knows which calls may be made again. */
export const lookupWhere =
  <Wire extends JsonValue>(isRepeatable: (wire: Wire) => boolean): NonNullable<Channel<Wire>['lookup']> =>
  wire =>
    Promise.resolve(isRepeatable(wire) ? REPEATABLE : NO_HISTORY);
