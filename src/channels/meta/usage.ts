/**
 * How much of a limit is used up, as Meta tells it beside every answer.
 * https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
import type { PaceHint } from '../../message/fault.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { HttpResponse } from '../http.ts';
import { asNumber, asObjects, readableJson } from '../json.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** How long until calls are taken again, where Meta says so: in minutes, by business and kind of use. Capped at one hour. */
export function timeToRegainAccess({ headers }: Pick<HttpResponse, 'headers'>): number | undefined {
  const waits = Object.values(usage(headers['x-business-use-case-usage']))
    .flatMap((uses: JsonValue) => asObjects(uses))
    .map(use => asNumber(use.estimated_time_to_regain_access))
    .filter(minutes => minutes !== undefined)
    .filter(minutes => minutes > 0);
  return waits.length === 0 ? undefined : Math.min(Math.ceil(Math.max(...waits) * MINUTE_MS), HOUR_MS);
}

/** Percentages of the limits of the app or the page, which are counted over an hour. */
const SHARES = ['call_count', 'total_time', 'total_cputime'] as const;

/** Whether the app or the page has used up its hour: then more calls within the next minute only make it worse. */
export const isUsedUp = ({ headers }: Pick<HttpResponse, 'headers'>): boolean =>
  ['x-app-usage', 'x-page-usage'].some(name => {
    const used = usage(headers[name]);
    return SHARES.some(share => (asNumber(used[share]) ?? 0) >= 100);
  });

/** What a message that was taken says of the next ones. */
export function paceOf(response: Pick<HttpResponse, 'headers'>): { readonly pace?: PaceHint } {
  const waitMs = timeToRegainAccess(response) ?? (isUsedUp(response) ? MINUTE_MS : undefined);
  return waitMs === undefined ? {} : { pace: { waitMs, scope: 'account' } };
}

const usage = (value: string | undefined): JsonObject =>
  value === undefined ? {} : (readableJson(value) ?? {});
