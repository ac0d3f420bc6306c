/** What the disk did not keep as it was written, told once to the log, and in health for as long as the process lives. */
import { type Recovery, tellRecovery } from '../storage/embedded/redo/report.ts';
import { type Damage, formatPosition } from '../storage/log.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface DamageBook {
  /** For people; empty where nothing was found. */
  readonly entries: readonly string[];
  recovered(recovery: Recovery): void;
  /** Files that are there for repairs. */
  problem(problem: string): void;
  /** Records of the journal that had not been taken in, and cannot be read. */
  journal(damage: Damage): void;
}

const MAX_ENTRIES = 100;

export function damageBook(logger: Logger): DamageBook {
  const entries: string[] = [];
  const note = (text: string): void => {
    if (entries.length < MAX_ENTRIES && !entries.includes(text)) entries.push(text);
  };
  return {
    entries,
    recovered(recovery) {
      const told = tellRecovery(recovery);
      for (const text of told) note(text);
      const isLost = recovery.kind === 'kept' || recovery.lost.commits.length > 0;
      if (isLost || recovery.kind === 'rebuilt') logger.error({ recovery }, 'the data folder was damaged');
      else if (told.length > 0) logger.warn({ recovery }, 'the data folder was damaged');
      else if (recovery.applied > 0) logger.info({ recovery }, 'the last commit was taken from the redo log');
    },
    problem(problem) {
      note(problem);
      logger.warn({ problem }, 'a file for repairs was damaged, and is made anew');
    },
    journal(damage) {
      const { from, bytes, perhaps } = damage;
      const where = `the journal is damaged at ${formatPosition(from)}`;
      if (perhaps) {
        note(
          `${where}: the last ${bytes} bytes of a process cannot be read; a request in them is perhaps lost`,
        );
        logger.error({ damage }, 'the end of a journal file cannot be read: a request is perhaps lost');
        return;
      }
      note(`${where}: the records in ${bytes} bytes are lost`);
      logger.error({ damage }, 'the journal is damaged: records are lost');
    },
  };
}
