/** What the hub keeps, read from its data folder while it does not run. Nothing is written. */
import { existsSync } from 'node:fs';
import type { HubConfig } from '../config/config.ts';
import { type Audit, auditing } from '../storage/embedded/database/audit.ts';
import { openReadOnly } from '../storage/embedded/database/database.ts';
import { type LetterReads, letterReads } from '../storage/embedded/database/dead-letters.ts';
import { ledgerOps } from '../storage/embedded/database/ledger.ts';
import { lookUps } from '../storage/embedded/database/look-up.ts';
import { rawRequest } from '../storage/embedded/journal/reader.ts';
import { databasePath, journalDir } from '../storage/embedded/open.ts';
import type { RawRequest } from '../storage/log.ts';
import type { Ledger, Trace } from '../storage/look-up.ts';
import type { Session } from './io.ts';

/** A journey, and the request it began with where that is still kept. */
export type TraceWithRaw = Trace & {
  readonly raw: RawRequest | null;
};

export interface Offline extends Disposable {
  readonly path: string;
  ledger(recount: boolean): Ledger;
  trace(id: string): TraceWithRaw | null;
  /** The dead letters and what was done with them. */
  desk(): LetterReads & { audit: Audit['list'] };
}

/** Null where no hub has ever kept anything. */
export function openOffline(config: HubConfig): Offline | null {
  const path = databasePath(config.data);
  if (!existsSync(path)) return null;
  const database = openReadOnly(path);
  return {
    path,
    ledger: recount => ledgerOps(database)(recount),
    trace(id) {
      const trace = lookUps(database).trace(id);
      return trace === null ? null : { ...trace, raw: rawOf(trace, config.data) };
    },
    desk: () => ({ ...letterReads(database), audit: auditing(database).list }),
    [Symbol.dispose]: () => database.close(),
  };
}

/** Before what was read there is shown; `reason`: why a hub that says it runs did not answer. */
export function tellOffline(session: Session, { path }: Offline, reason: string | undefined): void {
  const why = reason === undefined ? 'The hub is not running' : `The hub did not answer (${reason})`;
  session.note(`${why}: read from ${path}.`);
}

function rawOf({ inbound }: Trace, dataDir: string): TraceWithRaw['raw'] {
  return inbound === null ? null : rawRequest(journalDir(dataDir), inbound.raw, inbound);
}
