/** A journal for tests, with bounds that nothing reaches. */
import { Journal, type JournalOptions } from '../../src/storage/embedded/journal/writer.ts';
import { START } from '../../src/storage/log.ts';

export const openJournal = (dir: string, over: Partial<JournalOptions> = {}): Journal =>
  new Journal({
    dir,
    takenIn: START,
    maxSegmentBytes: 1e6,
    maxPendingBytes: 1e6,
    onDurable: () => {},
    ...over,
  });
