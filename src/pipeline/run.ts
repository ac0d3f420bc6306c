/** One message through all stages. What a processor throws, or sits on for too long, ends here as a value. */
import type { Envelope, StageTrace } from '../message/envelope.ts';
import type { WorkItem, WorkResult } from '../storage/work-queue.ts';
import { type Pipeline, type Processor, STAGES, type StageName, type Step } from './processor.ts';

export interface RunOptions {
  readonly pipeline: Pipeline;
  /** How long one processor may take. */
  readonly limitMs: number;
  /** Attempts at a message, the first included, before it is a dead letter. */
  readonly maxAttempts: number;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Told before each processor, so that whoever watches this thread can name what it hangs in. */
  readonly onEnter?: (item: WorkItem, stage: StageName, processor: string) => void;
}

export async function runPipeline(
  item: WorkItem,
  options: RunOptions,
  stop: AbortSignal,
): Promise<WorkResult> {
  const stages: StageTrace[] = [];
  let envelope: Envelope = {
    id: item.id,
    receivedAt: item.receivedAt,
    attempt: item.attempt,
    message: item.message,
    conversation: item.conversation,
    facts: {},
    replies: [],
  };
  const result = (outcome: WorkResult['outcome']): WorkResult => ({
    seq: item.seq,
    attempt: item.attempt,
    outcome,
    stages,
    facts: envelope.facts,
  });

  for (const stage of STAGES) {
    for (const processor of options.pipeline[stage]) {
      options.onEnter?.(item, stage, processor.name);
      const started = performance.now();
      const step = await runProcessor(processor, envelope, options.limitMs, stop);
      stages.push(traceOf(item.attempt, stage, processor.name, performance.now() - started, step));
      if (step.kind === 'next') {
        envelope = step.envelope;
        continue;
      }
      return result(outcomeOf(step, `${stage}/${processor.name}`, item, options, stop.aborted));
    }
  }
  return result({ kind: 'done', replies: envelope.replies });
}

type Ended = Step | { readonly kind: 'threw' | 'timed out'; readonly reason: string };

async function runProcessor(
  processor: Processor,
  envelope: Envelope,
  limitMs: number,
  stop: AbortSignal,
): Promise<Ended> {
  const limit = new AbortController();
  const signal = AbortSignal.any([limit.signal, stop]);
  const timedOut = Promise.withResolvers<Ended>();
  const timer = setTimeout(() => {
    limit.abort();
    timedOut.resolve({ kind: 'timed out', reason: `took longer than ${limitMs} ms` });
  }, limitMs);
  try {
    return await Promise.race([processor.process(envelope, signal), timedOut.promise]);
  } catch (error) {
    return { kind: 'threw', reason: describe(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** The error's kind and place, never its message: that may quote what the person wrote. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'threw something that is no error';
  const at = /\n\s+at (?:(\S+) \()?(?:file:\/\/)?[^\n]*?([^/\\\n]+:\d+):\d+\)?/.exec(error.stack ?? '');
  return at === null ? error.name : `${error.name} at ${at[2]}`;
}

function outcomeOf(
  step: Exclude<Ended, { kind: 'next' }>,
  where: string,
  item: WorkItem,
  options: RunOptions,
  wasCut: boolean,
): WorkResult['outcome'] {
  switch (step.kind) {
    case 'drop':
      return { kind: 'dropped', reason: `${where}: ${step.reason}` };
    case 'reject':
      return { kind: 'dead', reason: `${where}: ${step.reason}` };
    default: {
      const reason = `${where}: ${step.reason}`;
      const attempts = item.attempt - item.forgiven;
      // One that was cut off at the end of the process says nothing about the message.
      if (attempts >= options.maxAttempts && !wasCut)
        return { kind: 'dead', reason: `${reason} (${attempts} attempts)` };
      const asked = step.kind === 'retry' ? step.afterMs : 0;
      return { kind: 'retry', reason, afterMs: Math.max(asked, backoff(attempts, options.random())) };
    }
  }
}

/** Exponential from half a second to half a minute, with full jitter. */
const backoff = (attempt: number, random: number): number =>
  Math.ceil(Math.min(500 * 2 ** (attempt - 1), 30_000) * random);

function traceOf(attempt: number, stage: StageName, processor: string, ms: number, step: Ended): StageTrace {
  const trace = { attempt, stage, processor, ms: Math.round(ms * 100) / 100, step: step.kind };
  return step.kind === 'next' ? trace : { ...trace, reason: step.reason };
}
