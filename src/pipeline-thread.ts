/**
 * The pipeline's own thread: reads the log into the store, and takes messages through the stages. Composed here,
 * because a thread is a program of its own. A second one, for suspects, takes only messages that were being
 * worked on when a thread or the process ended.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Unreadable } from './channels/channel.ts';
import { createChannel, definitions } from './channels/index.ts';
import { newId } from './compose/new-id.ts';
import { withAdapters } from './config/adapters.ts';
import type { ChannelConfig } from './config/config.ts';
import { beatOf } from './pipeline/beat.ts';
import { consumeWork } from './pipeline/consume.ts';
import { takeInLog } from './pipeline/intake.ts';
import { type Pipeline, STAGES } from './pipeline/processor.ts';
import { type Reader, readRecord, unreadable } from './pipeline/read.ts';
import { readingNote } from './pipeline/reading-note.ts';
import type { FromPipeline, ThreadStart, ToPipeline } from './pipeline/supervisor.ts';
import type { AssistantRules } from './processors/ai/rules.ts';
import { buildPipeline } from './processors/index.ts';
import { ENDS_ITS_READER } from './storage/dead-letters.ts';
import { storeClient } from './storage/embedded/client.ts';
import { journalReader } from './storage/embedded/journal/reader.ts';
import { formatPosition, type Position } from './storage/log.ts';
import { type Burst, MAX_DEATHS, TARGET_WAIT_MS } from './storage/work-queue.ts';
import {
  type AcknowledgingFlag,
  createYielder,
  yieldToAcknowledging,
} from './storage/yield-to-acknowledging.ts';
import { crashPoints } from './telemetry/crash.ts';

/** Plain JSON, which is copied into the thread, and what it shares with the others. */
export interface PipelineSetup {
  readonly acknowledging: AcknowledgingFlag;
  readonly journalDir: string;
  /** Where it is noted which record is being read. */
  readonly readingFile: string;
  readonly channels: readonly ChannelConfig[];
  /** Paths of adapters from outside, to be loaded here as well. */
  readonly adapters: readonly string[];
  readonly assistant: AssistantRules | null;
  readonly crash: string | undefined;
  /** False: messages are taken in and wait. */
  readonly work: boolean;
  /** Processors on trial in place of the shipped ones; null as a rule. */
  readonly trial: Trial | null;
}

/** Given by the code that starts a hub, never by configuration. */
export interface Trial {
  /** The address of a module that exports what a `TrialModule` has. */
  readonly module: string;
  readonly limitMs?: number;
  readonly maxAttempts?: number;
  readonly idleAfterMs?: number;
}

export interface TrialModule {
  readonly pipeline: Pipeline;
  /** Stands in for an adapter's reading. */
  readonly read?: (reader: Reader) => Reader;
}

/** Messages worked on side by side; most of them wait for something most of the time. */
const WIDTH = 32;
/** Of one processor; what hangs without yielding is ended from outside. */
const LIMIT_MS = 5_000;
const MAX_ATTEMPTS = 5;
const IDLE_AFTER_MS = 10_000;
const BEAT_MS = 40;

const { setup, claimant, port, beat: buffer, deaths, ...start } = workerData as ThreadStart<PipelineSetup>;
const parent = parentPort;
if (parent === null) throw new Error('this module runs as a worker thread');
const tell = (message: FromPipeline): void => parent.postMessage(message);

yieldToAcknowledging();
const stop = new AbortController();
const cut = new AbortController();
const beat = beatOf(buffer);
const crash = crashPoints(setup.crash);
const store = storeClient(port);
const durable = { position: start.durable, wake: () => {} };

const trial = setup.trial === null ? null : ((await import(setup.trial.module)) as TrialModule);
const known = withAdapters(definitions, setup.adapters);
const readers = new Map<string, Reader>(
  setup.channels.filter(file => file.enabled).map(file => [nameOf(file.tenant, file.id), readerOf(file)]),
);
const languages = new Map(setup.channels.map(file => [file.id, file.pipeline.languages]));
const pipeline =
  trial?.pipeline ??
  buildPipeline({
    languagesOf: channel => languages.get(channel) ?? ['en'],
    assistant: setup.assistant,
    newId,
  });
const processors = STAGES.flatMap(stage => pipeline[stage].map(processor => `${stage}/${processor.name}`));

parent.on('message', (message: ToPipeline) => {
  if ('finish' in message) return stop.abort();
  if ('stop' in message) {
    stop.abort();
    return cut.abort();
  }
  durable.position = message.durable;
  durable.wake();
});

function nameOf(tenant: string, id: string): string {
  return JSON.stringify([tenant, id]);
}

/** Only `parse` is used here; nothing in this thread calls a platform. */
function readerOf(file: ChannelConfig): Reader {
  const http = { request: () => Promise.reject(new Error('the pipeline calls no platform')) };
  const { channel } = createChannel(file, { http, now: Date.now }, known);
  return trial?.read?.(channel) ?? channel;
}

function takeIn(): Promise<void> {
  const note = readingNote(setup.readingFile);
  const isUnreadable = (error: unknown): boolean => error instanceof Unreadable;
  const options = { readerOf: (tenant: string, id: string) => readers.get(nameOf(tenant, id)), isUnreadable };
  return takeInLog({
    reader: journalReader(setup.journalDir),
    store,
    read(record, position: Position) {
      const place = formatPosition(position);
      const before = deaths.get(place) ?? 0;
      if (before >= MAX_DEATHS) return unreadable(ENDS_ITS_READER);
      note.begin(place, before);
      beat.reading(position);
      const events = readRecord(record, options);
      beat.idle();
      return events;
    },
    onRead: note.end,
    durable: () => durable.position,
    onDurable(wake) {
      durable.wake = wake;
      return () => {};
    },
    onDamage: damage => tell({ damage }),
    onTrouble: trouble => tell({ trouble }),
    yielder: createYielder(setup.acknowledging),
    stop: stop.signal,
  }).finally(() => note[Symbol.dispose]());
}

const bursts: readonly Burst[] = setup.channels.flatMap(({ tenant, id, pipeline: { burst } }) => {
  const { policy, ...waits } = burst;
  return policy === 'queue' ? [] : [{ tenant, channel: id, policy, ...waits }];
});

const idleAfterMs = setup.trial?.idleAfterMs ?? IDLE_AFTER_MS;
let busyAt = performance.now();
let underWay = 0;

function work(): Promise<void> {
  return consumeWork({
    pipeline,
    store,
    claimant: { ...claimant, bursts, targetWaitMs: TARGET_WAIT_MS },
    width: claimant.suspects ? 1 : WIDTH,
    limitMs: setup.trial?.limitMs ?? LIMIT_MS,
    maxAttempts: setup.trial?.maxAttempts ?? MAX_ATTEMPTS,
    random: Math.random,
    stop: stop.signal,
    cut: cut.signal,
    crash,
    onEnter(item, stage, processor) {
      crash('CP7');
      beat.working(item.seq, processors.indexOf(`${stage}/${processor}`));
    },
    onUnderWay(count) {
      underWay = count;
      busyAt = performance.now();
    },
  });
}

function keepBeating(): void {
  beat.beat();
  const isIdle = underWay === 0 && performance.now() - busyAt > idleAfterMs;
  if (claimant.suspects && isIdle) stop.abort();
}

keepBeating();
const beating = setInterval(keepBeating, BEAT_MS);
tell({ started: processors });
await Promise.all([...(claimant.suspects ? [] : [takeIn()]), ...(setup.work ? [work()] : [])]);
clearInterval(beating);
await store[Symbol.asyncDispose]();
if (!cut.signal.aborted) tell({ idle: true });
parent.close();
