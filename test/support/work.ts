/** Work on messages, as a pipeline reports it. */
import type { WorkItem, WorkResult } from '../../src/storage/work-queue.ts';

/** Done with, and nothing to reply. */
export const doneWith = (items: readonly WorkItem[]): readonly WorkResult[] =>
  items.map(({ seq, attempt }) => ({
    seq,
    attempt,
    outcome: { kind: 'done', replies: [] },
    stages: [],
    facts: {},
  }));
