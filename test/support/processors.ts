/** What pipelines made for tests have in common; loaded by a pipeline thread of a real hub. */
import { randomUUID } from 'node:crypto';
import type { Envelope } from '../../src/message/envelope.ts';
import { next, type Processor, type Step } from '../../src/pipeline/processor.ts';

export const textOf = ({ message: { content } }: Envelope): string =>
  content.kind === 'text' ? content.text : '';

/** A processor that answers every message, with these words. */
export const answering = (name: string, words: (text: string) => string): Processor => ({
  name,
  process(envelope: Envelope): Step {
    const { address } = envelope.message;
    const content = { kind: 'text' as const, text: words(textOf(envelope)) };
    return next({ ...envelope, replies: [{ id: randomUUID(), address, content, cause: envelope.id }] });
  },
});

export const echo = answering('echo', text => `echo of ${text}`);
