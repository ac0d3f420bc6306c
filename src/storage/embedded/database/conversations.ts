/** Channels and conversations as small numbers, so that rows and indexes stay small. */
import type { DatabaseSync } from 'node:sqlite';
import { change, insert, query } from './rows.ts';

export interface ConversationRow {
  readonly ref: number;
  messages: number;
  previousAt: number | null;
}

/** When a message was accepted, and what time it is. */
export interface Came {
  readonly at: number;
  readonly now: number;
}

export interface Conversations {
  channel(tenant: string, id: string): number;
  /** The conversation, made if it is new. Its fields are current as long as only `advance` changes them. */
  conversation(channel: number, key: string): ConversationRow;
  /** One more message came in; `heard` where it is no bot's. */
  advance(row: ConversationRow, came: Came, heard: boolean): void;
  /** Somebody in it was heard of, under another name. */
  hear(row: ConversationRow, came: Came): void;
  /** After a rollback, what is remembered may be wrong. */
  forget(): void;
}

/**
 * What was accepted long ago may be read again now; and a time ahead of now is from before the clock was set back.
 * What went in the place of another one before this is over.
 */
const HEARD = 'wrote_at = MAX(MIN(COALESCE(wrote_at, 0), ?), ?), stand_in = NULL';

const MAX_REMEMBERED = 20_000;

export function conversations(db: DatabaseSync): Conversations {
  const findChannel = query<{ ref: number }>(db, 'SELECT ref FROM channel WHERE tenant = ? AND id = ?');
  const addChannel = insert(db, 'INSERT INTO channel (tenant, id) VALUES (?, ?)');
  const find = query<{ ref: number; messages: number; previous_at: number | null }>(
    db,
    'SELECT ref, messages, previous_at FROM conversation WHERE channel = ? AND key = ?',
  );
  const add = insert(db, 'INSERT INTO conversation (channel, key, messages) VALUES (?, ?, 0)');
  const update = change(db, 'UPDATE conversation SET messages = ?, previous_at = ? WHERE ref = ?');
  const updateHeard = change(
    db,
    `UPDATE conversation SET messages = ?, previous_at = ?, ${HEARD} WHERE ref = ?`,
  );
  const hear = change(db, `UPDATE conversation SET ${HEARD} WHERE ref = ?`);
  const channels = new Map<string, number>();
  const remembered = new Map<string, ConversationRow>();

  return {
    channel(tenant, id) {
      const key = `${tenant.length}:${tenant}:${id}`;
      let ref = channels.get(key);
      if (ref === undefined) {
        ref = findChannel.get(tenant, id)?.ref ?? addChannel(tenant, id);
        channels.set(key, ref);
      }
      return ref;
    },
    conversation(channel, key) {
      const name = `${channel}:${key}`;
      let row = remembered.get(name);
      if (row === undefined) {
        const found = find.get(channel, key);
        row = found
          ? { ref: found.ref, messages: found.messages, previousAt: found.previous_at }
          : { ref: add(channel, key), messages: 0, previousAt: null };
        if (remembered.size >= MAX_REMEMBERED) remembered.clear();
        remembered.set(name, row);
      }
      return row;
    },
    advance(row, { at, now }, heard) {
      row.messages++;
      row.previousAt = at;
      if (heard) updateHeard(row.messages, at, now, at, row.ref);
      else update(row.messages, at, row.ref);
    },
    hear: (row, { at, now }) => void hear(now, at, row.ref),
    forget() {
      channels.clear();
      remembered.clear();
    },
  };
}
