/** The books: what was accepted must be done, dead, parked or in flight, and nothing else. */
import type { DatabaseSync } from 'node:sqlite';
import type { Ledger, LedgerSide } from '../../look-up.ts';
import { query } from './rows.ts';
import { OUTBOUND, WORK } from './schema.ts';

type Counts = ReadonlyMap<string | number, number>;

export function ledgerOps(db: DatabaseSync) {
  const counters = query<{ key: string; n: number }>(db, 'SELECT name AS key, value AS n FROM counter');
  const work = query<{ key: number; n: number }>(
    db,
    'SELECT state AS key, COUNT(*) AS n FROM work GROUP BY state',
  );
  const unfinished = query<{ key: number; n: number }>(
    db,
    'SELECT state AS key, COUNT(*) AS n FROM outbound WHERE state IN (0, 2, 3) GROUP BY state',
  );
  const ignored = query<{ channel: string; reason: string; count: number }>(
    db,
    'SELECT channel, reason, count FROM ignored ORDER BY channel, reason',
  );
  const recountQuery = query<{ key: string; n: number }>(
    db,
    `SELECT 'inbound.accepted' AS key, COUNT(*) AS n FROM inbound UNION ALL SELECT 'inbound.done', COUNT(*) FROM result
     UNION ALL SELECT 'outbound.accepted', COUNT(*) FROM outbound
     UNION ALL SELECT 'outbound.done', COUNT(*) FROM outbound WHERE state IN (1, 4)
     UNION ALL SELECT name, value FROM counter WHERE name IN ('inbound.expired', 'outbound.expired')`,
  );

  return (recount: boolean): Ledger => {
    const counted = toMap(counters.all());
    const count = recount ? toMap(recountQuery.all()) : counted;
    const of = (name: string, from: Counts = counted): number => from.get(name) ?? 0;
    // What was forgotten since was accepted, and done, all the same.
    const kept = (direction: string, name: string): number =>
      of(`${direction}.${name}`, count) + (recount ? of(`${direction}.expired`, count) : 0);
    const open = toMap(work.all());
    const out = toMap(unfinished.all());
    return {
      inbound: side(kept('inbound', 'accepted'), kept('inbound', 'done'), {
        dead: open.get(WORK.dead),
        parked: open.get(WORK.parked),
        inFlight: (open.get(WORK.waiting) ?? 0) + (open.get(WORK.running) ?? 0),
      }),
      outbound: side(kept('outbound', 'accepted'), kept('outbound', 'done'), {
        dead: out.get(OUTBOUND.dead),
        parked: out.get(OUTBOUND.parked),
        inFlight: out.get(OUTBOUND.open),
      }),
      duplicates: of('duplicates'),
      receipts: of('receipts'),
      ignored: ignored.all(),
      ambiguous: {
        total: of('ambiguous.total'),
        provenSent: of('ambiguous.proven'),
        resent: of('ambiguous.resent'),
      },
    };
  };
}

const toMap = (rows: readonly { readonly key: string | number; readonly n: number }[]): Counts =>
  new Map(rows.map(row => [row.key, row.n]));

function side(
  accepted: number,
  done: number,
  open: { dead: number | undefined; parked: number | undefined; inFlight: number | undefined },
): LedgerSide {
  const { dead = 0, parked = 0, inFlight = 0 } = open;
  return { accepted, done, dead, parked, inFlight, difference: accepted - done - dead - parked - inFlight };
}
