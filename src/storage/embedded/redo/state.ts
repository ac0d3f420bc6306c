/** How far a database has come: the number of its last commit, which it keeps itself. */
import type { DatabaseSync } from 'node:sqlite';
import { formatPosition, START } from '../../log.ts';
import { change, query } from '../database/rows.ts';

export interface CommitNumber {
  get(): number;
  set(commit: number): void;
}

export function commitNumber(db: DatabaseSync): CommitNumber {
  const read = query<{ value: string }>(db, "SELECT value FROM meta WHERE key = 'commit'");
  const write = change(
    db,
    "INSERT INTO meta VALUES ('commit', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  return { get: () => Number(read.get()?.value ?? 0), set: commit => void write(String(commit)) };
}

/** How far the log had been taken in. */
export function logPosition(db: DatabaseSync): string {
  const row = query<{ value: string }>(db, "SELECT value FROM meta WHERE key = 'position'").get();
  return row?.value ?? formatPosition(START);
}

/** It has a row from now on, also where nothing was taken in. */
export function keepLogPosition(db: DatabaseSync): void {
  change(db, "INSERT INTO meta VALUES ('position', ?) ON CONFLICT DO NOTHING")(formatPosition(START));
}

/** The sequence number of the last message that came in; 0 where none did. */
export const lastInbound = (db: DatabaseSync): number =>
  query<{ n: number | null }>(db, 'SELECT MAX(seq) AS n FROM inbound').get()?.n ?? 0;

/** 0 for a database that has no tables yet. */
export function commitOf(db: DatabaseSync): number {
  const { n } = query<{ n: number }>(
    db,
    "SELECT COUNT(*) AS n FROM sqlite_schema WHERE name = 'meta'",
  ).get() ?? { n: 0 };
  return n === 0 ? 0 : commitNumber(db).get();
}
