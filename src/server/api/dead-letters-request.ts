/** What can be asked of the dead letters, as it is written in requests. */
import { z } from 'zod';
import type { Target } from '../../storage/dead-letters.ts';

const Direction = z.enum(['inbound', 'outbound']);
const Iso = z.iso.datetime({ offset: true }).transform(text => Date.parse(text));
/** Milliseconds since 1970, or ISO 8601. */
const Time = z.union([z.number().int().nonnegative(), Iso]);
const TimeInQuery = z.union([
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  Iso,
]);
const name = z.string().min(1).max(200);

const Filter = z.strictObject({
  channel: name.optional(),
  direction: Direction.optional(),
  reason: name.optional().describe('The code, or the platform’s own.'),
  since: Time.optional(),
  until: Time.optional(),
  limit: z.number().int().min(1).max(1_000_000).optional().describe('No more than the first so many.'),
});

export const Groups = z.strictObject({
  channel: name.optional(),
  direction: Direction.optional(),
  reason: name.optional(),
  since: TimeInQuery.optional(),
  until: TimeInQuery.optional(),
});

export const List = Groups.extend({
  state: z.enum(['open', 'replayed', 'discarded']).default('open'),
  after: z
    .string()
    .regex(/^[01]-\d{1,15}$/, 'not a place that a page before named')
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const AuditList = z.strictObject({
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const asked = {
  ids: z.array(name).min(1).max(1_000).optional(),
  filter: Filter.optional(),
  dryRun: z.boolean().default(false),
  note: z.string().min(1).max(1_000).optional(),
};

const ONE_TARGET = 'give either ids or a filter; an empty filter is all of them';
const hasOneTarget = (body: { ids?: unknown; filter?: unknown }): boolean =>
  (body.ids === undefined) !== (body.filter === undefined);

export const Replay = z
  .strictObject({
    ...asked,
    force: z.boolean().default(false),
    rate: z.number().min(0.1).max(10_000).default(50).describe('Letters a second.'),
  })
  .refine(hasOneTarget, ONE_TARGET);

export const Discard = z.strictObject(asked).refine(hasOneTarget, ONE_TARGET);

export function targetOf(body: Pick<z.output<typeof Replay>, 'ids' | 'filter'>): Target {
  if (body.ids !== undefined) return { kind: 'ids', ids: body.ids };
  const { limit = null, ...filter } = body.filter ?? {};
  return { kind: 'filter', filter, limit };
}
