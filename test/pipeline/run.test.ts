import assert from 'node:assert/strict';
import type { Pipeline, Processor, Step } from '../../src/pipeline/processor.ts';
import { next } from '../../src/pipeline/processor.ts';
import { runPipeline } from '../../src/pipeline/run.ts';
import type { WorkItem } from '../../src/storage/work-queue.ts';
import { inboundMessage } from '../support/messages.ts';

const item = (attempt = 1): WorkItem => ({
  seq: 1,
  id: 'm1',
  attempt,
  forgiven: 0,
  receivedAt: 1,
  message: inboundMessage({ text: 'SECRET words' }),
  conversation: { messages: 0, language: null, previousAt: null },
});
const processor = (name: string, process: Processor['process']): Processor => ({ name, process });
const pass = (name: string): Processor => processor(name, envelope => next(envelope));
const pipeline = (over: Partial<Pipeline>): Pipeline => ({
  validate: [pass('v')],
  normalize: [pass('n')],
  process: [pass('p')],
  enrich: [pass('e')],
  ai: [pass('a')],
  ...over,
});
const run = (over: Partial<Pipeline>, attempt = 1, limitMs = 5_000) =>
  runPipeline(
    item(attempt),
    { pipeline: pipeline(over), limitMs, maxAttempts: 3, random: () => 1 },
    new AbortController().signal,
  );
const decide = (step: Step): Partial<Pipeline> => ({ process: [processor('decides', () => step)] });

describe('a message through the stages', () => {
  it('passes them in order, and each is traced', async () => {
    const { stages, outcome } = await run({});
    assert.deepEqual(outcome, { kind: 'done', replies: [] });
    assert.deepEqual(
      stages.map(trace => [trace.stage, trace.processor, trace.step]),
      [
        ['validate', 'v', 'next'],
        ['normalize', 'n', 'next'],
        ['process', 'p', 'next'],
        ['enrich', 'e', 'next'],
        ['ai', 'a', 'next'],
      ],
    );
    assert.ok(stages.every(trace => trace.ms >= 0 && trace.attempt === 1));
  });
  it('hands on what processors learned', async () => {
    const learn = processor('learns', envelope =>
      next({ ...envelope, facts: { ...envelope.facts, answer: { by: 'x', rule: null } } }),
    );
    assert.deepEqual((await run({ enrich: [learn] })).facts, { answer: { by: 'x', rule: null } });
  });
  const outcomes: readonly (readonly [string, Step, object])[] = [
    [
      'drop ends it, done',
      { kind: 'drop', reason: 'spam' },
      { kind: 'dropped', reason: 'process/decides: spam' },
    ],
    [
      'reject is a dead letter',
      { kind: 'reject', reason: 'bad' },
      { kind: 'dead', reason: 'process/decides: bad' },
    ],
    [
      'retry waits as asked',
      { kind: 'retry', reason: 'later', afterMs: 9_000 },
      { kind: 'retry', reason: 'process/decides: later', afterMs: 9_000 },
    ],
    [
      'retry waits at least its backoff',
      { kind: 'retry', reason: 'later', afterMs: 0 },
      { kind: 'retry', reason: 'process/decides: later', afterMs: 500 },
    ],
  ];
  for (const [name, step, outcome] of outcomes) {
    it(name, async () => {
      const got = await run(decide(step));
      assert.deepEqual(got.outcome, outcome);
      assert.deepEqual(
        got.stages.map(trace => trace.stage),
        ['validate', 'normalize', 'process'],
      );
    });
  }
  it('a throw is a retry that names stage, processor and place, and never the message', async () => {
    const { outcome } = await run({
      process: [
        processor('breaks', ({ message }) => {
          throw new TypeError(JSON.stringify(message));
        }),
      ],
    });
    assert.equal(outcome.kind, 'retry');
    const reason = outcome.kind === 'retry' ? outcome.reason : '';
    assert.match(reason, /^process\/breaks: TypeError at run\.test\.ts:\d+$/);
    assert.doesNotMatch(JSON.stringify(outcome), /SECRET/);
  });
  it('a rejected promise is the same', async () => {
    const { outcome } = await run({ ai: [processor('breaks', () => Promise.reject(new Error('x')))] });
    assert.equal(outcome.kind, 'retry');
  });
  it('one that sits on it is told to stop and is a retry', async () => {
    let told = false;
    const sits = processor('sits', (_, signal) => {
      signal.addEventListener('abort', () => {
        told = true;
      });
      return new Promise(() => {});
    });
    const { outcome, stages } = await run({ enrich: [sits] }, 1, 20);
    assert.equal(told, true);
    assert.equal(stages.at(-1)?.step, 'timed out');
    assert.equal(outcome.kind, 'retry');
  });

  it('the last attempt is none where the end of the process cut it off', async () => {
    const over = decide({ kind: 'retry', reason: 'later', afterMs: 0 });
    const options = { pipeline: pipeline(over), limitMs: 5_000, maxAttempts: 3, random: () => 0 };
    const { outcome } = await runPipeline(item(3), options, AbortSignal.abort());
    assert.equal(outcome.kind, 'retry');
  });

  it('the last attempt is a dead letter with its cause', async () => {
    const { outcome } = await run({ ai: [processor('breaks', () => Promise.reject(new Error('x')))] }, 3);
    assert.equal(outcome.kind, 'dead');
    assert.match(outcome.kind === 'dead' ? outcome.reason : '', /^ai\/breaks: Error at .* \(3 attempts\)$/);
  });
});
