/**
 * After commits were lost for good: what hangs in the air is closed, so that the hub can go on and nothing is worked
 * on or sent that may have been before. Whatever is closed here is a dead letter, and what may be wrong is not called
 * right.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Fault } from '../../../message/fault.ts';
import { formatPosition, type Position } from '../../log.ts';
import { DELIVERY, DIRECTION, LETTER, OPERATION, OUTBOUND, WORK } from './schema.ts';

export interface Mending {
  /** Messages that came in up to this sequence number may have been worked on in what was lost. */
  readonly inDoubt: number;
  /** Requests of the log before it may have been taken in, in what was lost; null where those left surely were not. */
  readonly takenInBefore: Position | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The table that begins anew with what is there. */
export const BOOKS = 'counter';

/** Why a message is parked here, or when a request in doubt is taken in. */
export const DAMAGED: Fault = { code: 'internal', detail: 'the database was damaged' };
export const DAMAGED_INBOUND = 'the database was damaged, and whether this was answered is not known';

type Run = (sql: string, ...values: (string | number)[]) => void;

/** To be called in a transaction. Returns the operations on dead letters that it stopped. */
export function mend(db: DatabaseSync, { inDoubt, takenInBefore, now }: Mending): readonly string[] {
  const run: Run = (sql, ...values) => void db.prepare(sql).run(...values);
  for (const sql of [...WITHOUT_A_MESSAGE, ...WITHOUT_A_PLACE]) run(sql);
  closeInbound(run, inDoubt, now);
  closeOutbound(run, now);
  for (const [name, count] of COUNTS)
    run(
      `INSERT INTO ${BOOKS} VALUES ('${name}', (${count})) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
  if (takenInBefore !== null)
    run(
      "INSERT INTO meta VALUES ('doubtful', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      formatPosition(takenInBefore),
    );
  return stopOperations(db);
}

/** What they gave back in what was lost they would give back again: an operator resumes them, or does not. */
function stopOperations(db: DatabaseSync): readonly string[] {
  const stop = `UPDATE operation SET state = ${OPERATION.stopped} WHERE state = ${OPERATION.running} RETURNING id`;
  return (db.prepare(stop).all() as { id: string }[]).map(({ id }) => id);
}

/** A number that is free again is given again: nothing may hang on it then. */
const WITHOUT_A_MESSAGE = [
  'DELETE FROM work WHERE seq NOT IN (SELECT seq FROM inbound) OR seq IN (SELECT seq FROM result)',
  'DELETE FROM result WHERE seq NOT IN (SELECT seq FROM inbound)',
  'DELETE FROM delivery WHERE outbound NOT IN (SELECT seq FROM outbound)',
  'DELETE FROM attempt WHERE delivery NOT IN (SELECT seq FROM delivery)',
  'UPDATE media SET inbound = NULL WHERE inbound NOT IN (SELECT seq FROM inbound)',
  `DELETE FROM dead_letter WHERE direction = ${DIRECTION.inbound} AND (seq NOT IN (SELECT seq FROM inbound)
     OR state = ${LETTER.open} AND seq NOT IN (SELECT seq FROM work WHERE state IN (${WORK.dead}, ${WORK.parked})))`,
  `DELETE FROM dead_letter WHERE direction = ${DIRECTION.outbound} AND (seq NOT IN (SELECT seq FROM outbound)
     OR state = ${LETTER.open} AND seq NOT IN (SELECT seq FROM outbound WHERE state IN (${OUTBOUND.dead}, ${OUTBOUND.parked})))`,
];

/** Channels and conversations that are lost, from the messages that name them. */
const WITHOUT_A_PLACE = [
  `INSERT OR IGNORE INTO channel SELECT channel, json_extract(message, '$.address.tenant'),
     json_extract(message, '$.address.channel') FROM
     (SELECT channel, message FROM inbound WHERE kind <> 'unreadable' UNION ALL SELECT channel, message FROM outbound)
     WHERE channel NOT IN (SELECT ref FROM channel) GROUP BY channel`,
  `INSERT OR IGNORE INTO conversation (ref, channel, key, messages, previous_at, wrote_at)
     SELECT conversation, channel, json_extract(message, '$.address.conversation'), MAX(conversation_seq),
     MAX(received_at), MAX(CASE json_extract(message, '$.sender.kind') WHEN 'bot' THEN NULL ELSE received_at END)
     FROM inbound WHERE kind <> 'unreadable' AND conversation NOT IN (SELECT ref FROM conversation) GROUP BY conversation`,
  `INSERT OR IGNORE INTO conversation (ref, channel, key, messages)
     SELECT conversation, channel, json_extract(message, '$.address.conversation'), 0 FROM outbound
     WHERE conversation NOT IN (SELECT ref FROM conversation) GROUP BY conversation`,
  'DELETE FROM account WHERE channel NOT IN (SELECT ref FROM channel)',
  'DELETE FROM receipt WHERE channel NOT IN (SELECT ref FROM channel)',
  'UPDATE media SET channel = NULL WHERE channel NOT IN (SELECT ref FROM channel)',
];

/** What was worked on may be done, and its reply sent: nobody works on it again unless an operator says so. */
function closeInbound(run: Run, inDoubt: number, now: number): void {
  const bury = `INSERT INTO dead_letter SELECT ${DIRECTION.inbound}, i.seq, i.channel, 'damaged', NULL, ?, ${LETTER.open}, 1,
    ?, ?, NULL FROM inbound i`;
  run(
    `${bury} WHERE i.seq NOT IN (SELECT seq FROM result) AND i.seq NOT IN (SELECT seq FROM work
       WHERE state IN (${WORK.dead}, ${WORK.parked}) OR seq > ?)
     ON CONFLICT DO UPDATE SET code = excluded.code, platform_code = NULL, reason = excluded.reason,
       state = excluded.state, times = times + 1, last_at = excluded.last_at`,
    DAMAGED_INBOUND,
    now,
    now,
    inDoubt,
  );
  run(
    `UPDATE work SET state = ${WORK.parked}, due_at = ?, reason = ?, awaits = NULL
     WHERE state IN (${WORK.waiting}, ${WORK.running}) AND seq <= ?`,
    now,
    DAMAGED_INBOUND,
    inDoubt,
  );
  run(
    `INSERT INTO work (seq, conversation, state, attempts, deaths, due_at, reason) SELECT seq, conversation,
     ${WORK.parked}, 0, 0, ?, ? FROM inbound WHERE seq NOT IN (SELECT seq FROM work UNION ALL SELECT seq FROM result)`,
    now,
    DAMAGED_INBOUND,
  );
  run(
    `${bury} JOIN work w ON w.seq = i.seq WHERE w.state IN (${WORK.dead}, ${WORK.parked}) ON CONFLICT DO NOTHING`,
    DAMAGED_INBOUND,
    now,
    now,
  );
}

function closeOutbound(run: Run, now: number): void {
  const reason = `${DAMAGED.code}: ${DAMAGED.detail}`;
  // Planned or not, a send of theirs may be among what was lost.
  run(
    `UPDATE delivery SET state = ${DELIVERY.ambiguous}, fault = ?, due_at = ?
     WHERE state IN (${DELIVERY.queued}, ${DELIVERY.intent})`,
    JSON.stringify({ ...DAMAGED, code: 'ambiguous' } satisfies Fault),
    now,
  );
  run(
    `UPDATE outbound SET state = ${OUTBOUND.parked}, reason = ?, finished_at = ?
     WHERE state = ${OUTBOUND.open} AND losses IS NULL`,
    reason,
    now,
  );
  run(
    `INSERT INTO dead_letter SELECT ${DIRECTION.outbound}, seq, channel, 'internal', NULL, ?, ${LETTER.open}, 1, ?, ?, NULL
     FROM outbound WHERE state IN (${OUTBOUND.dead}, ${OUTBOUND.parked})
     ON CONFLICT DO UPDATE SET code = excluded.code, platform_code = NULL, reason = excluded.reason,
       state = excluded.state, times = times + 1, last_at = excluded.last_at WHERE state = ${LETTER.replayed}`,
    reason,
    now,
    now,
  );
}

/** What was forgotten before counts no more. */
const COUNTS = [
  ['inbound.accepted', 'SELECT COUNT(*) FROM inbound'],
  ['inbound.done', 'SELECT COUNT(*) FROM result'],
  ['inbound.expired', '0'],
  ['outbound.accepted', 'SELECT COUNT(*) FROM outbound'],
  ['outbound.done', `SELECT COUNT(*) FROM outbound WHERE state IN (${OUTBOUND.sent}, ${OUTBOUND.skipped})`],
  ['outbound.expired', '0'],
] as const;
