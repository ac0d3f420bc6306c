/** A pipeline that takes no message, as after a change that went wrong. */
import type { Pipeline } from '../../../src/pipeline/processor.ts';

export const pipeline: Pipeline = {
  validate: [{ name: 'wrong', process: () => ({ kind: 'reject', reason: 'not understood' }) }],
  normalize: [],
  process: [],
  enrich: [],
  ai: [],
};
