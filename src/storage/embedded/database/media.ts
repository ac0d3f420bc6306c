/** Media in the tables: fetched for whom, to what end. A job is made in the transaction that takes in its message. */
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { InboundMessage } from '../../../message/message.ts';
import {
  type KeptMedia,
  LONGEST_MEDIA_WAIT_MS,
  MAX_MEDIA_OF_CHANNEL,
  type MediaJob,
  type MediaOutcome,
  type MediaState,
  type MediaView,
} from '../../media.ts';
import type { Transaction } from './commits.ts';
import { change, query } from './rows.ts';

const MEDIA_STATES = [
  'waiting',
  'fetching',
  'stored',
  'failed',
  'skipped',
  'expired',
] as const satisfies readonly MediaState[];
export const MEDIA = { waiting: 0, fetching: 1, stored: 2, failed: 3, skipped: 4, expired: 5 } as const;

interface MediaRow {
  readonly id: string;
  readonly tenant: string;
  readonly channel: string | null;
  readonly message: string | null;
  readonly state: number;
  readonly reason: string | null;
  readonly attempts: number;
  readonly name: string | null;
  readonly claimed_type: string | null;
  readonly type: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly notes: string | null;
  readonly created_at: number;
  readonly finished_at: number | null;
}

const SELECT = `SELECT m.id, m.tenant, ch.id AS channel, i.id AS message, m.state, m.reason, m.attempts, m.name,
  m.claimed_type, m.type, m.bytes, m.sha256, m.notes, m.created_at, m.finished_at
  FROM media m LEFT JOIN channel ch ON ch.ref = m.channel LEFT JOIN inbound i ON i.seq = m.inbound`;

const sql = (db: DatabaseSync) => ({
  add: change(
    db,
    `INSERT INTO media (id, tenant, channel, inbound, reference, state, attempts, due_at, name, claimed_type, type,
     bytes, sha256, notes, created_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  channels: query<{ ref: number; id: string }>(db, 'SELECT ref, id FROM channel'),
  fetching: query<{ n: number }>(
    db,
    `SELECT COUNT(*) AS n FROM media WHERE state = ${MEDIA.fetching} AND channel = ?`,
  ),
  due: query<{ ref: number; due_at: number }>(
    db,
    `SELECT ref, due_at FROM media WHERE state = ${MEDIA.waiting} AND channel = ?
     AND (due_at <= ? OR due_at > ?)
     ORDER BY due_at LIMIT ?`,
  ),
  begin: query<{ id: string; tenant: string; attempts: number; reference: string }>(
    db,
    `UPDATE media SET state = ${MEDIA.fetching}, attempts = attempts + 1 WHERE ref = ?
     RETURNING id, tenant, attempts, reference`,
  ),
  wait: change(
    db,
    `UPDATE media SET state = ${MEDIA.waiting}, due_at = ?, reason = ?
     WHERE id = ? AND attempts = ? AND state = ${MEDIA.fetching}`,
  ),
  end: change(
    db,
    `UPDATE media SET state = ?, reason = ?, type = ?, bytes = ?, sha256 = ?, notes = ?, finished_at = ?
     WHERE id = ? AND attempts = ? AND state = ${MEDIA.fetching}`,
  ),
  resume: change(db, `UPDATE media SET state = ${MEDIA.waiting} WHERE state = ${MEDIA.fetching}`),
  one: query<MediaRow>(db, `${SELECT} WHERE m.id = ?`),
  ofInbound: query<MediaRow>(db, `${SELECT} WHERE m.inbound = ?`),
  old: query<{ id: string }>(
    db,
    `SELECT id FROM media WHERE state = ${MEDIA.stored} AND created_at < ? ORDER BY created_at LIMIT ?`,
  ),
  expire: change(
    db,
    `UPDATE media SET state = ${MEDIA.expired}, reason = 'its time was up' WHERE id = ? AND state = ${MEDIA.stored}`,
  ),
});

export type MediaOps = ReturnType<typeof mediaOps>;

/** `onWaiting` is called when there may be something to fetch. */
export function mediaOps(db: DatabaseSync, onWaiting: () => void) {
  const run = sql(db);
  return {
    /** The media of a message that was just taken in, if it has some. */
    takeIn(
      tx: Transaction,
      came: { tenant: string; channel: number; seq: number; json: string; at: number },
    ): void {
      const { content } = JSON.parse(came.json) as InboundMessage;
      const media = content.kind === 'media' || content.kind === 'edit' ? content.media : undefined;
      if (media === undefined || media.source.kind === 'stored') return;
      const { name = null, mimeType = null } = media;
      const nothingYet = [null, null, null, null] as const;
      run.add(
        newMediaId(),
        came.tenant,
        came.channel,
        came.seq,
        JSON.stringify(media),
        MEDIA.waiting,
        tx.now,
        name,
        mimeType,
        ...nothingYet,
        came.at,
        null,
      );
      tx.afterCommit(onWaiting);
    },
    claimMedia(tx: Transaction, limit: number): readonly MediaJob[] {
      const due = run.channels.all().flatMap(({ ref: channel, id }) => {
        const free = MAX_MEDIA_OF_CHANNEL - (run.fetching.get(channel)?.n ?? 0);
        if (free <= 0) return [];
        const rows = run.due.all(channel, tx.now, tx.now + LONGEST_MEDIA_WAIT_MS, free);
        return rows.map(row => ({ ...row, channel: id }));
      });
      const oldest = due.sort((one, other) => one.due_at - other.due_at).slice(0, limit);
      return oldest.flatMap(({ ref, channel }) => {
        const row = run.begin.get(ref);
        if (row === undefined) return [];
        const { id, tenant, attempts: attempt, reference } = row;
        return [{ id, tenant, channel, attempt, media: JSON.parse(reference) as MediaJob['media'] }];
      });
    },
    finishMedia(tx: Transaction, result: { id: string; attempt: number; outcome: MediaOutcome }): void {
      const { id, attempt, outcome } = result;
      if (outcome.kind === 'retry') {
        run.wait(tx.now + outcome.afterMs, outcome.reason, id, attempt);
        return;
      }
      const reason = outcome.kind === 'stored' ? null : outcome.reason;
      const kept = outcome.kind === 'stored' ? columnsOf(outcome.kept) : ([null, null, null, null] as const);
      run.end(MEDIA[outcome.kind], reason, ...kept, tx.now, id, attempt);
    },
    addMedia(
      tx: Transaction,
      added: {
        id: string;
        tenant: string;
        name: string | null;
        claimedType: string | null;
        kept: KeptMedia;
      },
    ): void {
      const { id, tenant, name, claimedType, kept } = added;
      const nowhere = [null, null, null] as const;
      run.add(
        id,
        tenant,
        ...nowhere,
        MEDIA.stored,
        tx.now,
        name,
        claimedType,
        ...columnsOf(kept),
        tx.now,
        tx.now,
      );
    },
    expireMedia(_: Transaction, ids: readonly string[]): void {
      for (const id of ids) run.expire(id);
    },
    media(id: string): MediaView | null {
      const row = run.one.get(id);
      return row === undefined ? null : viewOf(row);
    },
    oldMedia: (before: number, limit: number): readonly string[] =>
      run.old.all(before, limit).map(({ id }) => id),
    /** At start: what was being fetched when the process ended is fetched again; its attempt stays counted. */
    loadMedia: (): number => run.resume(),
    ofInbound: (seq: number): readonly MediaView[] => run.ofInbound.all(seq).map(viewOf),
  };
}

/** 128 random bits: who does not know an id cannot guess one. */
const newMediaId = (): string => randomBytes(16).toString('hex');

const columnsOf = ({ type, bytes, sha256, notes }: KeptMedia) =>
  [type, bytes, sha256, notes.length === 0 ? null : JSON.stringify(notes)] as const;

const viewOf = (row: MediaRow): MediaView => ({
  id: row.id,
  tenant: row.tenant,
  channel: row.channel,
  message: row.message,
  state: MEDIA_STATES[row.state] ?? 'failed',
  reason: row.reason,
  attempts: row.attempts,
  name: row.name,
  claimedType: row.claimed_type,
  type: row.type,
  bytes: row.bytes,
  sha256: row.sha256,
  notes: row.notes === null ? [] : (JSON.parse(row.notes) as string[]),
  createdAt: row.created_at,
  finishedAt: row.finished_at,
});
