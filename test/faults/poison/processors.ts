/** A pipeline in which the words of a message decide what happens to the process. */
import { randomUUID } from 'node:crypto';
import type { Envelope } from '../../../src/message/envelope.ts';
import { next, type Pipeline, type Step } from '../../../src/pipeline/processor.ts';

export const POISONS = ['throw', 'hang', 'memory', 'abort'] as const;

const hoard: unknown[] = [];

const textOf = ({ message: { content } }: Envelope): string => (content.kind === 'text' ? content.text : '');

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

function reply(envelope: Envelope): Step {
  const { address } = envelope.message;
  const content = { kind: 'text' as const, text: `alpha ${/\d{9}/.exec(textOf(envelope))?.[0]} is noted` };
  return next({ ...envelope, replies: [{ id: randomUUID(), address, content, cause: envelope.id }] });
}

export const pipeline: Pipeline = {
  validate: [],
  normalize: [],
  process: [{ name: 'obey', process: obey }],
  enrich: [],
  ai: [{ name: 'reply', process: reply }],
};
