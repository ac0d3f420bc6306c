/**
 * What belongs together, in every order: a send with its answer and the platform's receipts, a message with its edit
 * and its deletion, some of them twice, worked on now and then. Whatever comes first, the end is that of the ordered
 * run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Receipt, ReceiptStatus } from '../../../src/message/event.ts';
import type { InboundMessage } from '../../../src/message/message.ts';
import { openEmbedded } from '../../../src/storage/embedded/open.ts';
import type { Delivery, Settlement } from '../../../src/storage/send-queue.ts';
import type { Store } from '../../../src/storage/store.ts';
import { inboundMessage, messageEvent, outboundMessage, readRecord } from '../../support/messages.ts';
import { createBot } from './bot.ts';

type Step =
  | { readonly kind: 'answer' }
  | { readonly kind: 'receipt'; readonly status: ReceiptStatus }
  /** A message of the person, or what becomes of it. */
  | { readonly kind: 'message'; readonly what: What }
  /** All that may be worked on is. */
  | { readonly kind: 'work' };

type What = 'said' | 'edited' | 'deleted';

interface History {
  /** How the send was answered. */
  readonly answer: 'sent' | 'ambiguous';
  readonly steps: readonly Step[];
}

const receipt = (status: ReceiptStatus): Step => ({ kind: 'receipt', status });
const message = (what: What): Step => ({ kind: 'message', what });
const ANSWER: Step = { kind: 'answer' };
const WORK: Step = { kind: 'work' };

/** In the order in which they happen; each with its repetitions at the end. */
const HISTORIES: readonly (readonly Step[])[] = [
  [ANSWER, receipt('sent'), receipt('delivered'), receipt('read'), receipt('delivered')],
  [ANSWER, receipt('sent'), receipt('sent')],
  [ANSWER, receipt('sent'), receipt('failed'), receipt('failed')],
  [message('said'), WORK, ANSWER, message('edited'), receipt('sent'), message('said'), message('edited')],
  [message('said'), WORK, message('edited'), WORK, message('deleted'), message('deleted'), message('edited')],
];

export interface Disorder {
  readonly runs: number;
  readonly different: readonly {
    readonly history: History;
    readonly ended: unknown;
    readonly expected: unknown;
  }[];
}

/** `runs` histories in an order of chance, each against its ordered run. */
export async function ordersRun(runs: number, seed: number): Promise<Disorder> {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-faults-orders-'));
  const storage = await openEmbedded({
    dir: folder,
    maxSegmentBytes: 1e6,
    maxPendingBytes: 1e6,
    onDurable: () => {},
    onLost: error => {
      throw error;
    },
  });
  const different: Disorder['different'][number][] = [];
  try {
    const told = teller(storage.store);
    const histories = fc
      .tuple(fc.constantFrom('sent', 'ambiguous'), fc.constantFrom(...HISTORIES))
      .chain(([answer, steps]) =>
        fc.record({
          ordered: fc.constant({ answer, steps } as History),
          // The send itself is first: nothing of it can be told before it began.
          history: fc
            .shuffledSubarray([...steps], { minLength: steps.length })
            .map((shuffled): History => ({ answer: answer as History['answer'], steps: shuffled })),
        }),
      );
    await fc.assert(
      fc.asyncProperty(histories, async ({ ordered, history }) => {
        const expected = await told(ordered);
        const ended = await told(history);
        if (!isDeepStrictEqual(ended, expected)) different.push({ history, ended, expected });
      }),
      { numRuns: runs, seed },
    );
    return { runs, different };
  } finally {
    await storage[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
}

/** Lives through a history in a conversation of its own, and says how it ended. */
function teller(store: Store): (history: History) => Promise<unknown> {
  const bot = createBot(store);
  let last = 0;
  let offset = 0;

  async function take(events: Parameters<typeof readRecord>[0]): Promise<void> {
    const from = await store.position();
    const record = readRecord(events, { segment: 1, offset: offset++ });
    await store.accept({ from, next: { segment: 1, offset }, records: [record] });
  }

  async function begin(conversation: string): Promise<Delivery> {
    const asked = outboundMessage({ address: { tenant: 'default', channel: 'test', conversation } });
    await take([{ kind: 'outbound', message: asked, idempotencyKey: null, digest: '' }]);
    const [item] = await store.claimSends(1);
    if (item === undefined) throw new Error('nothing to send');
    const [delivery] = await store.plan({
      seq: item.seq,
      wires: [{ id: `delivery-${conversation}`, wire: {} }],
      losses: [],
    });
    if (delivery === undefined) throw new Error('nothing was planned');
    await store.intend({ delivery: delivery.id, at: Date.now(), resend: false });
    return delivery;
  }

  return async ({ answer, steps }) => {
    const name = `c${++last}`;
    const delivery = await begin(name);
    const target = `p-${name}`;
    const before = await store.ledger(false);
    for (const step of steps) {
      if (step.kind === 'message') {
        await take([messageEvent(messageOf(step.what, name))]);
      } else if (step.kind === 'work') {
        await bot.work();
      } else if (step.kind === 'receipt') {
        const told: Receipt = { target, marker: delivery.id, status: step.status, time: 5 };
        await take([{ kind: 'receipt', receipt: told }]);
      } else {
        const settlement: Settlement =
          answer === 'sent'
            ? { kind: 'sent', platformId: target }
            : { kind: 'ambiguous', fault: { code: 'ambiguous', detail: 'no answer' }, afterMs: 3_600_000 };
        await store.settle({ delivery: delivery.id, at: Date.now(), settlement });
      }
    }
    await bot.work();
    const trace = await store.trace(delivery.id);
    const [sent] = trace?.outbound ?? [];
    const [part] = sent?.deliveries ?? [];
    const after = await store.ledger(false);
    return {
      state: sent?.view.state,
      delivery: part?.state,
      known: part?.platformId === target,
      receipts: part?.receipts.map(({ status }) => status).sort(),
      accepted: after.inbound.accepted - before.inbound.accepted,
      unfinished: after.inbound.inFlight - before.inbound.inFlight,
      seen: bot.seen(`in-${name}`),
      difference: after.inbound.difference + after.outbound.difference,
    };
  };
}

function messageOf(what: What, name: string): InboundMessage {
  const address = { conversation: `in-${name}` };
  const [id, target] = [`${what}-${name}`, `said-${name}`];
  switch (what) {
    case 'said':
      return inboundMessage({ id, address, text: 'at four' });
    case 'edited':
      return inboundMessage({ id, address, content: { kind: 'edit', target, text: 'at five' } });
    case 'deleted':
      return inboundMessage({ id, address, content: { kind: 'deletion', target } });
  }
}
