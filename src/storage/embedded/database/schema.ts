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
  `
CREATE TABLE media (ref INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, channel INTEGER,
  inbound INTEGER, reference TEXT, state INTEGER NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL,
  reason TEXT, name TEXT, claimed_type TEXT, type TEXT, bytes INTEGER, sha256 TEXT, notes TEXT,
  created_at INTEGER NOT NULL, finished_at INTEGER);
CREATE INDEX media_inbound ON media (inbound) WHERE inbound IS NOT NULL;
CREATE INDEX media_waiting ON media (channel, due_at) WHERE state = 0;
CREATE INDEX media_fetching ON media (channel) WHERE state = 1;
CREATE INDEX media_stored ON media (created_at) WHERE state = 2;
`,
  `
ALTER TABLE delivery ADD COLUMN spared INTEGER NOT NULL DEFAULT 0;
CREATE TABLE account (channel INTEGER PRIMARY KEY, state TEXT NOT NULL, reason TEXT, changed_at INTEGER NOT NULL);
`,
  `
ALTER TABLE inbound ADD COLUMN edited TEXT;
ALTER TABLE work ADD COLUMN forgiven INTEGER NOT NULL DEFAULT 0;
ALTER TABLE work ADD COLUMN behind INTEGER;
ALTER TABLE work ADD COLUMN replay INTEGER;
ALTER TABLE outbound ADD COLUMN edited TEXT;
ALTER TABLE outbound ADD COLUMN behind INTEGER;
ALTER TABLE outbound ADD COLUMN replay INTEGER;
ALTER TABLE outbound ADD COLUMN replayed_at INTEGER;
ALTER TABLE delivery ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0;

CREATE TABLE dead_letter (direction INTEGER NOT NULL, seq INTEGER NOT NULL, channel INTEGER NOT NULL,
  code TEXT NOT NULL, platform_code TEXT, reason TEXT NOT NULL, state INTEGER NOT NULL, times INTEGER NOT NULL,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, note TEXT, PRIMARY KEY (direction, seq)) WITHOUT ROWID;
CREATE INDEX dead_letter_open ON dead_letter (direction, seq) WHERE state = 0;
INSERT INTO dead_letter SELECT 1, w.seq, i.channel, CASE WHEN i.kind = 'unreadable' THEN 'unreadable'
  WHEN w.deaths >= 3 THEN 'poison' ELSE 'failed' END, NULL, COALESCE(w.reason, ''), 0, 1, w.due_at, w.due_at, NULL
  FROM work w JOIN inbound i ON i.seq = w.seq WHERE w.state = 2;
INSERT INTO dead_letter SELECT 0, seq, channel, CASE WHEN instr(reason, ':') > 0
  THEN substr(reason, 1, instr(reason, ':') - 1) ELSE 'internal' END, NULL, COALESCE(reason, ''), 0, 1,
  COALESCE(finished_at, created_at), COALESCE(finished_at, created_at), NULL FROM outbound WHERE state IN (2, 3);

CREATE TABLE operation (ref INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, state INTEGER NOT NULL,
  who TEXT NOT NULL, target TEXT NOT NULL, note TEXT, force INTEGER NOT NULL, rate REAL NOT NULL, first INTEGER NOT NULL,
  last INTEGER NOT NULL, cursor INTEGER NOT NULL, refused INTEGER NOT NULL, created_at INTEGER NOT NULL,
  finished_at INTEGER);
CREATE INDEX operation_running ON operation (ref) WHERE state = 0;
CREATE TABLE operation_item (ref INTEGER PRIMARY KEY, direction INTEGER NOT NULL, seq INTEGER NOT NULL,
  refusal TEXT);
CREATE TABLE audit (ref INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, who TEXT NOT NULL,
  action TEXT NOT NULL, target TEXT NOT NULL, count INTEGER NOT NULL, note TEXT, key TEXT UNIQUE, digest TEXT NOT NULL,
  subject TEXT NOT NULL);
`,
  `
ALTER TABLE conversation ADD COLUMN wrote_at INTEGER;
UPDATE conversation SET wrote_at = previous_at;
ALTER TABLE inbound ADD COLUMN joined TEXT;
ALTER TABLE delivery ADD COLUMN held_since INTEGER;
ALTER TABLE outbound ADD COLUMN gap INTEGER;
ALTER TABLE outbound ADD COLUMN fallback_of INTEGER;
ALTER TABLE outbound ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbound_fallback_of ON outbound (fallback_of) WHERE fallback_of IS NOT NULL;
CREATE INDEX outbound_fallback_to ON outbound (conversation, created_at) WHERE fallback_of IS NOT NULL;
CREATE INDEX outbound_failed ON outbound (seq) WHERE failed > 0;
`,
  `
ALTER TABLE conversation ADD COLUMN route TEXT;
ALTER TABLE conversation ADD COLUMN routed_at INTEGER;
UPDATE conversation SET route = heard.route, routed_at = heard.received_at FROM (
  SELECT conversation, received_at, json_extract(message, '$.address.route') AS route, MAX(seq) FROM inbound
  WHERE instr(message, '"route":') > 0 AND json_valid(message)
    AND json_extract(message, '$.address.route') IS NOT NULL GROUP BY conversation) AS heard
  WHERE heard.conversation = conversation.ref;
`,
  `
ALTER TABLE work ADD COLUMN awaits TEXT;
`,
  `
ALTER TABLE conversation ADD COLUMN stand_in INTEGER;
UPDATE conversation SET stand_in = (SELECT MAX(f.seq) FROM outbound f WHERE f.conversation = conversation.ref
    AND f.fallback_of IS NOT NULL AND f.created_at >= COALESCE(conversation.wrote_at, 0))
  WHERE ref IN (SELECT conversation FROM outbound WHERE fallback_of IS NOT NULL);
DROP INDEX outbound_fallback_to;
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

export const LETTER_STATES = ['open', 'replayed', 'discarded'] as const;
export const LETTER = { open: 0, replayed: 1, discarded: 2 } as const;
/** Outbound comes first: what waits to go out is older than what a message that is worked on again will say. */
export const DIRECTIONS = ['outbound', 'inbound'] as const;
export const DIRECTION = { outbound: 0, inbound: 1 } as const;
export const OPERATION_STATES = ['running', 'stopped', 'done'] as const;
export const OPERATION = { running: 0, stopped: 1, done: 2 } as const;

/**
 * Brings a database to a version, in one transaction; by itself to the newest. A migration asks neither the clock nor
 * chance: done again on what was before it, it makes the same. Throws `NewerSchema` where a newer version of the
 * program wrote it.
 */
export function migrate(db: DatabaseSync, target: number = SCHEMA_VERSION): void {
  const version = schemaVersion(db);
  refuseNewer(Math.max(version, target));
  if (version >= target) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const step of MIGRATIONS.slice(version, target)) db.exec(step);
    db.exec(`PRAGMA user_version = ${target}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

export function schemaVersion(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

export function refuseNewer(version: number): void {
  if (version <= SCHEMA_VERSION) return;
  throw new NewerSchema(
    `a newer version of Patchbay wrote it (its schema version is ${version}, this version knows up to ${SCHEMA_VERSION})`,
  );
}

export class NewerSchema extends Error {}
