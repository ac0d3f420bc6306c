/**
 * The tables. What came in (`inbound`) and what goes out (`outbound`) are written once; what is open has a row
 * in `work` or a state in `delivery`; what is finished has a row in `result`. So a message that fell into a hole
 * has neither, and the ledger shows it.
 */
import type { DatabaseSync } from 'node:sqlite';

/** One entry a schema version; each is applied in the transaction that also raises the version. */
const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE ignored (channel TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (channel, reason)) WITHOUT ROWID;

CREATE TABLE channel (ref INTEGER PRIMARY KEY, tenant TEXT NOT NULL, id TEXT NOT NULL, UNIQUE (tenant, id));
CREATE TABLE conversation (ref INTEGER PRIMARY KEY, channel INTEGER NOT NULL, key TEXT NOT NULL,
  messages INTEGER NOT NULL, previous_at INTEGER, language TEXT, UNIQUE (channel, key));

CREATE TABLE inbound (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, channel INTEGER NOT NULL,
  platform_id TEXT NOT NULL, conversation INTEGER NOT NULL, conversation_seq INTEGER NOT NULL,
  kind TEXT NOT NULL, message TEXT NOT NULL, raw TEXT NOT NULL, received_at INTEGER NOT NULL,
  UNIQUE (platform_id, channel));
CREATE TABLE work (seq INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, state INTEGER NOT NULL,
  attempts INTEGER NOT NULL, deaths INTEGER NOT NULL, due_at INTEGER NOT NULL, previous_at INTEGER, reason TEXT,
  history TEXT);
CREATE TABLE result (seq INTEGER PRIMARY KEY, outcome TEXT NOT NULL, reason TEXT, attempts INTEGER NOT NULL,
  stages TEXT NOT NULL, facts TEXT NOT NULL, finished_at INTEGER NOT NULL);

CREATE TABLE outbound (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, channel INTEGER NOT NULL,
  conversation INTEGER NOT NULL, cause TEXT, message TEXT NOT NULL, source TEXT NOT NULL, raw TEXT,
  state INTEGER NOT NULL, reason TEXT, losses TEXT, created_at INTEGER NOT NULL, finished_at INTEGER);
CREATE INDEX outbound_cause ON outbound (cause) WHERE cause IS NOT NULL;
CREATE INDEX outbound_unfinished ON outbound (state) WHERE state IN (0, 2, 3);
CREATE TABLE idempotency (tenant TEXT NOT NULL, key TEXT NOT NULL, outbound TEXT NOT NULL, digest TEXT NOT NULL,
  created_at INTEGER NOT NULL, PRIMARY KEY (tenant, key)) WITHOUT ROWID;
CREATE TABLE delivery (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, outbound INTEGER NOT NULL,
  conversation INTEGER NOT NULL, part INTEGER NOT NULL, wire TEXT NOT NULL, state INTEGER NOT NULL,
  attempts INTEGER NOT NULL, resends INTEGER NOT NULL, due_at INTEGER NOT NULL, platform_id TEXT, fault TEXT,
  receipt INTEGER, sent_at INTEGER);
CREATE INDEX delivery_outbound ON delivery (outbound);
CREATE INDEX delivery_platform ON delivery (platform_id) WHERE platform_id IS NOT NULL;
CREATE INDEX delivery_conversation ON delivery (conversation, seq);
CREATE TABLE attempt (delivery INTEGER NOT NULL, number INTEGER NOT NULL, started_at INTEGER NOT NULL,
  ended_at INTEGER, result TEXT NOT NULL, fault TEXT, PRIMARY KEY (delivery, number)) WITHOUT ROWID;
CREATE TABLE receipt (platform_id TEXT NOT NULL, channel INTEGER NOT NULL, status TEXT NOT NULL, at INTEGER NOT NULL,
  received_at INTEGER NOT NULL, fault TEXT, PRIMARY KEY (platform_id, channel, status)) WITHOUT ROWID;
`,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** States as they are stored; names as they are shown. */
export const WORK_STATES = ['waiting', 'running', 'dead', 'parked'] as const;
export const WORK = { waiting: 0, running: 1, dead: 2, parked: 3 } as const;
export const OUTBOUND_STATES = ['open', 'sent', 'dead', 'parked', 'skipped'] as const;
export const OUTBOUND = { open: 0, sent: 1, dead: 2, parked: 3, skipped: 4 } as const;
export const DELIVERY_STATES = [
  'queued',
  'intent',
  'ambiguous',
  'sent',
  'dead',
  'parked',
  'skipped',
] as const;
export const DELIVERY = {
  queued: 0,
  intent: 1,
  ambiguous: 2,
  sent: 3,
  dead: 4,
  parked: 5,
  skipped: 6,
} as const;

/** Brings a database to this version, or refuses one that a newer version wrote. */
export function migrate(db: DatabaseSync): void {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > SCHEMA_VERSION) {
    throw new NewerSchema(
      `the database has schema version ${version}; this version knows up to ${SCHEMA_VERSION}`,
    );
  }
  if (version === SCHEMA_VERSION) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const step of MIGRATIONS.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

export class NewerSchema extends Error {}
