/** What was found at the start, and what was done about it. */
import type { Gap } from './frame.ts';

export interface Recovery {
  readonly kind: /** Nothing had been kept. */
    | 'fresh'
    | 'whole'
    /** The newest commits were taken from the redo log. */
    | 'caught up'
    /** Made anew from a base and the redo log. */
    | 'rebuilt'
    /** Damaged, and the redo log could not replace it: it goes on as it is. */
    | 'kept';
  /** What was wrong with the database; null where nothing was. */
  readonly why: string | null;
  /** Commits taken from the redo log. */
  readonly applied: number;
  readonly lost: Losses;
  /** What is wrong with the files that are only there for repairs. */
  readonly warnings: readonly string[];
  /** Where the damaged files and the report were put. */
  readonly folder: string | null;
}

export interface Losses {
  /** Commits that could not be read or done again, `7` or `7-9`; `all` where there is nothing to begin from. */
  readonly commits: readonly string[];
  /** Requests in the journal that belonged to them and have no message now, by their id; the first of them. */
  readonly records: readonly string[];
  readonly damage: readonly Damaged[];
  /** Requests of the journal before it are not worked on by themselves, if what they said is lost; null where none are. */
  readonly parkedBefore: string | null;
  /** Operations on dead letters that were running, and do not go on by themselves. */
  readonly stopped: readonly string[];
}

export type Damaged = Pick<Gap, 'offset' | 'bytes'> & { readonly file: string };

export const NO_LOSSES: Losses = { commits: [], records: [], damage: [], parkedBefore: null, stopped: [] };

export const WHOLE: Recovery = {
  kind: 'whole',
  why: null,
  applied: 0,
  lost: NO_LOSSES,
  warnings: [],
  folder: null,
};

/** Commit numbers, both ends included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export const formatRange = ({ from, to }: Range): string => (from === to ? `${from}` : `${from}-${to}`);

/** For health and the log; empty where all is well. A process that was killed may leave one commit to be done again. */
export function tellRecovery(recovery: Recovery): readonly string[] {
  const { kind, why, applied, lost, warnings, folder } = recovery;
  const told: string[] = [];
  if (kind === 'rebuilt') told.push(`the database was rebuilt (${why}); what was damaged is in ${folder}`);
  if (kind === 'kept') told.push(`the database is damaged (${why}) and could not be rebuilt`);
  if (kind === 'caught up' && applied > 1)
    told.push(`the database was ${applied} commits behind its redo log, and was brought forward`);
  if (lost.commits.length > 0)
    told.push(`commits of the database are lost: ${lost.commits.slice(0, 20).join(', ')}`);
  if (lost.records.length > 0)
    told.push(`requests of the journal without a message: ${lost.records.slice(0, 20).join(', ')}`);
  if (lost.parkedBefore !== null)
    told.push(
      `requests of the journal before ${lost.parkedBefore} may have been answered: those without a message are parked as dead letters, to be replayed or discarded`,
    );
  if (lost.stopped.length > 0)
    told.push(
      `operations on dead letters were stopped, as what they did may be lost: ${lost.stopped.slice(0, 20).join(', ')}`,
    );
  return [...told, ...warnings];
}
