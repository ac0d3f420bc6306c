/**
 * A pipeline with a bug that can be mended while the hub runs: as long as the file named in this module's address
 * exists, it does not take messages that say `bug`; whatever it takes it answers.
 */
import { existsSync } from 'node:fs';
import type { Envelope } from '../../../src/message/envelope.ts';
import { next, type Pipeline, type Step } from '../../../src/pipeline/processor.ts';
import type { Reader } from '../../../src/pipeline/read.ts';
import { echo, textOf } from '../../support/processors.ts';

const file = new URL(import.meta.url).searchParams.get('bug') ?? '';

function check(envelope: Envelope): Step {
  const text = textOf(envelope);
  if (!existsSync(file)) return next(envelope);
  if (text.startsWith('bug')) return { kind: 'reject', reason: 'not understood' };
  if (text.startsWith('throw')) throw new RangeError('no');
  if (text.startsWith('exit')) process.exit(0);
  return next(envelope);
}

/** The bug is in reading, too. */
export const read = (reader: Reader): Reader => ({
  parse(request) {
    const text = Buffer.from(request.body).toString('utf8');
    if (existsSync(file) && text.includes('garbled')) throw new RangeError('no');
    if (existsSync(file) && text.includes('ends its reader')) process.exit(0);
    return reader.parse(request);
  },
});

export const pipeline: Pipeline = {
  validate: [{ name: 'buggy', process: check }],
  normalize: [],
  process: [],
  enrich: [],
  ai: [echo],
};
