/**
 * After commits were lost for good: what hangs in the air is closed, so that the hub can go on and nothing is sent
 * that may have been sent before. Whatever is closed here can be seen, and what may be wrong is not called right.
 */
import type { DatabaseSync } from 'node:sqlite';
import { DELIVERY, OUTBOUND, WORK } from '../database/schema.ts';
import { commitNumber } from './state.ts';

const REASON = 'internal: the database was damaged';

/** `commit`: a number the redo log has not given. */
export function mend(db: DatabaseSync, commit: number, now: number): void {
  db.exec('BEGIN IMMEDIATE');
  const run = (sql: string, ...values: (string | number)[]): unknown => db.prepare(sql).run(...values);
  run('DELETE FROM work WHERE seq NOT IN (SELECT seq FROM inbound) OR seq IN (SELECT seq FROM result)');
  run('DELETE FROM result WHERE seq NOT IN (SELECT seq FROM inbound)');
  run('DELETE FROM delivery WHERE outbound NOT IN (SELECT seq FROM outbound)');
  run('DELETE FROM dead_letter WHERE direction = 1 AND seq NOT IN (SELECT seq FROM work WHERE state = 2)');
  run(
    'DELETE FROM dead_letter WHERE direction = 0 AND seq NOT IN (SELECT seq FROM outbound WHERE state IN (2, 3))',
  );
  run(
    `INSERT INTO work (seq, conversation, state, attempts, deaths, due_at, reason) SELECT seq, conversation, ${WORK.parked},
     0, 0, ?, ? FROM inbound WHERE seq NOT IN (SELECT seq FROM work UNION ALL SELECT seq FROM result)`,
    now,
    REASON,
  );
  // Planned or not, a send of theirs may be among what was lost.
  const fault = JSON.stringify({ code: 'ambiguous', detail: 'the database was damaged' });
  run(
    `UPDATE delivery SET state = ${DELIVERY.ambiguous}, fault = ?, due_at = ? WHERE state IN (${DELIVERY.queued}, ${DELIVERY.intent})`,
    fault,
    now,
  );
  run(
    `UPDATE outbound SET state = ${OUTBOUND.parked}, reason = ?, finished_at = ? WHERE state = ${OUTBOUND.open} AND losses IS NULL`,
    REASON,
    now,
  );
  run(
    `INSERT INTO dead_letter SELECT 0, seq, channel, 'internal', NULL, ?, 0, 1, ?, ?, NULL FROM outbound
     WHERE state IN (2, 3) AND seq NOT IN (SELECT seq FROM dead_letter WHERE direction = 0)`,
    REASON,
    now,
    now,
  );
  recount(run);
  commitNumber(db).set(commit);
  db.exec('COMMIT');
}

/** The books begin anew with what is there. */
function recount(run: (sql: string) => unknown): void {
  for (const [name, count] of [
    ['inbound.accepted', 'SELECT COUNT(*) FROM inbound'],
    ['inbound.done', 'SELECT COUNT(*) FROM result'],
    ['outbound.accepted', 'SELECT COUNT(*) FROM outbound'],
    ['outbound.done', 'SELECT COUNT(*) FROM outbound WHERE state IN (1, 4)'],
  ])
    run(
      `INSERT INTO counter VALUES ('${name}', (${count})) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
}
