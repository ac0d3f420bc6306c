/** Processors that do what a message's text tells them to, however bad; loaded by a pipeline thread of a real hub. */
import { execFileSync } from 'node:child_process';
import type { Envelope } from '../../../src/message/envelope.ts';
import { next, type Pipeline, type Step } from '../../../src/pipeline/processor.ts';
import type { Reader } from '../../../src/pipeline/read.ts';
import { echo, textOf } from '../../support/processors.ts';

const hoard: unknown[] = [];

/** Long enough to be told of, and too short to be ended for. */
function burnAway(): void {
  for (const end = performance.now() + 700; performance.now() < end; );
}

function obey(envelope: Envelope): Promise<Step> | Step {
  switch (textOf(envelope).split(':')[0]) {
    case 'throw':
      throw new RangeError(`about ${textOf(envelope)}`);
    case 'throw once':
      if (envelope.attempt === 1) throw new RangeError('once');
      return next(envelope);
    case 'reject':
      return { kind: 'reject', reason: 'not wanted' };
    case 'drop':
      return { kind: 'drop', reason: 'of no interest' };
    case 'unstorable':
      // Of no JSON, which an adapter's or processor's types cannot promise.
      return next({ ...envelope, facts: { odd: 10n } as never });
    case 'never':
      return new Promise(() => {});
    case 'hang':
      for (;;);
    case 'burn':
      burnAway();
      return next(envelope);
    case 'wait':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return next(envelope);
    case 'block':
      // Nothing in this process can end it.
      if (envelope.attempt === 1) execFileSync('sleep', ['12']);
      return next(envelope);
    case 'memory':
      for (;;) hoard.push(new Array(100_000).fill(envelope));
    case 'exit':
      process.exit(0);
      break;
    case 'reject later':
      // Nobody waits for it: it ends the thread.
      setImmediate(() => Promise.reject(new Error('unhandled')));
      return new Promise(() => {});
  }
  return next(envelope);
}

/** Reads as the adapter does, but for bodies that say otherwise. */
export const read = (reader: Reader): Reader => ({
  parse(request) {
    const text = Buffer.from(request.body).toString('utf8');
    if (text.includes('reader: throw')) throw new RangeError(text);
    if (text.includes('reader: exit')) process.exit(0);
    return reader.parse(request);
  },
});

export const pipeline: Pipeline = {
  validate: [],
  normalize: [],
  process: [{ name: 'obey', process: obey }],
  enrich: [],
  ai: [echo],
};
