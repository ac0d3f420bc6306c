/** A pipeline in which the words of a message decide what happens to the process. */
import type { Envelope } from '../../../src/message/envelope.ts';
import { next, type Pipeline, type Step } from '../../../src/pipeline/processor.ts';
import { answering, textOf } from '../../support/processors.ts';

export const POISONS = ['throw', 'hang', 'memory', 'abort'] as const;

const hoard: unknown[] = [];

function obey(envelope: Envelope): Step {
  switch (/^poison (\w+)/.exec(textOf(envelope))?.[1]) {
    case 'throw':
      throw new RangeError('as it was told to');
    case 'hang':
      for (;;);
    case 'memory':
      for (;;) hoard.push(new Array(100_000).fill(envelope));
    case 'abort':
      // `process.abort` is not for threads; this is what it comes to.
      process.kill(process.pid, 'SIGABRT');
      for (;;);
  }
  return next(envelope);
}

const reply = answering('reply', text => `alpha ${/\d{9}/.exec(text)?.[0]} is noted`);

export const pipeline: Pipeline = {
  validate: [],
  normalize: [],
  process: [{ name: 'obey', process: obey }],
  enrich: [],
  ai: [reply],
};
