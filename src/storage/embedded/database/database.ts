/** The database: opened, migrated, and every operation on it, each a function of a transaction. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Lanes } from '../../lanes.ts';
import type { Yielder } from '../../yield-to-acknowledging.ts';
import { connect } from '../redo/connection.ts';
import { AcceptLog } from './accept.ts';
import { accountOps } from './accounts.ts';
import type { Transaction } from './commits.ts';
import { conversations } from './conversations.ts';
import { graveyard } from './dead-letters.ts';
import { expireOps } from './expire.ts';
import { expireOperatorRecordsOps } from './expire-operator-records.ts';
import { ledgerOps } from './ledger.ts';
import { lookUps } from './look-up.ts';
import { mediaOps } from './media.ts';
import { deadLetterDesk } from './operations.ts';
import { receiptOps } from './receipts.ts';
import { replaying } from './replay.ts';
import { migrate } from './schema.ts';
import { Sends } from './sends.ts';
import { failedSends } from './sends-failed.ts';
import { type Claims, Work } from './work.ts';

/** Opens for reading and writing; only one connection of all processes may write. */
export function openDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  const db = connect(path);
  try {
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** For looking only: from the command line, beside a running hub or after its end. */
export function openReadOnly(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
}

/** What the process before left behind. */
export interface Left {
  readonly suspects: number;
  readonly interrupted: number;
}

export type Operations = ReturnType<typeof operations>;

/** `onMedia` is called when there may be media to fetch, `onOperation` when an operation may go on. */
export function operations(
  db: DatabaseSync,
  work: Lanes,
  sendLanes: Lanes,
  claims: Claims,
  yielder: Yielder,
  onMedia: () => void,
  onOperation: () => void,
) {
  const known = conversations(db);
  const receipts = receiptOps(db, known, () => sends);
  const letters = graveyard(db);
  const sends: Sends = new Sends(db, sendLanes, letters, receipts.identified);
  const media = mediaOps(db, onMedia);
  const accepting = new AcceptLog(db, {
    conversations: known,
    work,
    receipts,
    sends,
    media,
    letters,
    yielder,
  });
  const working = new Work(db, work, { conversations: known, sends, claims, letters });
  const replay = replaying(db, work, sendLanes);
  const desk = deadLetterDesk(db, { replay, accepting, onOperation });
  const looking = lookUps(db, media);
  return {
    forget: known.forget,
    position: accepting.position,
    accept: accepting.accept,
    claimWork: working.claimWork,
    finishWork: working.finishWork,
    abandonWork: working.abandonWork,
    claimSends: sends.claimSends,
    plan: sends.plan,
    refuse: sends.refuse,
    intend: sends.intend,
    settle: sends.settle,
    hold: sends.hold,
    lapse: sends.lapse,
    ...failedSends(db, sends.createOutbound),
    ...accountOps(db, known),
    ledger: ledgerOps(db),
    claimMedia: media.claimMedia,
    finishMedia: media.finishMedia,
    addMedia: media.addMedia,
    expireMedia: media.expireMedia,
    media: media.media,
    oldMedia: media.oldMedia,
    ...expireOps(db),
    ...expireOperatorRecordsOps(db),
    ...looking,
    ...desk,
    /** Loads what is open into the lanes. How many sends and messages the last process left without an end. */
    load(tx: Transaction): Left {
      media.loadMedia();
      return { suspects: working.load(tx), interrupted: sends.load(tx) };
    },
  };
}
