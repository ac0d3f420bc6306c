/** Rules about an adapter within a hub: nothing is lost, nothing is sent twice, and what cannot be is told. */
import assert from 'node:assert/strict';
import { needing, type Rule, rulesOf } from '../kit/rule.ts';
import type { Behaviour } from '../kit/server.ts';
import type { NotApplicable, OutboundFacts, Refusal, Subject } from '../kit/subject.ts';
import { FAULTS } from '../message/fault.ts';
import { openStage } from './adapter-stage.ts';

const HELLO = { kind: 'text', text: 'Hello from the conformance kit' } as const;

interface Trial {
  readonly entry: string;
  readonly subject: Subject;
  readonly facts: OutboundFacts;
}

/** `entry` is the file a hub would load. */
export function deliveryRules(entry: string): readonly Rule[] {
  const sending = (check: (trial: Trial) => Promise<NotApplicable | undefined>) =>
    needing(
      subject => subject.outbound,
      (facts, subject) => check({ entry, subject, facts }),
    );
  return rulesOf('delivery', {
    'sent-once': sending(sentOnce),
    'rate-limit-tried-again': sending(rateLimitTriedAgain),
    'refusal-is-final': sending(refusalIsFinal),
    'unclear-send-not-repeated': sending(unclearSendNotRepeated),
    'parts-not-repeated': sending(partsNotRepeated),
    'redelivery-is-one-message': (subject: Subject) => redeliveryIsOneMessage(subject, entry),
  });
}

/** A platform that says these first, one for each call, and then takes everything. */
function first(facts: OutboundFacts, ...replies: readonly Refusal['reply'][]): Behaviour {
  const waiting = [...replies];
  return call => waiting.shift() ?? facts.accept(call);
}

async function sentOnce({ entry, subject, facts }: Trial): Promise<undefined> {
  await using stage = await openStage(subject, entry, first(facts));
  const { view } = await stage.send(HELLO);
  assert.equal(view.state, 'sent', `the message is ${view.state}: ${view.reason ?? ''}`);
  assert.equal(stage.calls.length, 1, `one message was sent with ${stage.calls.length} calls`);
}

async function rateLimitTriedAgain({ entry, subject, facts }: Trial): Promise<undefined> {
  const slowDown = { status: 429, headers: { 'retry-after': '1' }, body: '' };
  await using stage = await openStage(subject, entry, first(facts, slowDown));
  const { view, deliveries } = await stage.send(HELLO);
  assert.equal(view.state, 'sent', `after a 429 the message is ${view.state}: ${view.reason ?? ''}`);
  assert.equal(stage.calls.length, 2, 'a 429 is followed by one more call');
  const [refused, taken] = deliveries[0]?.tries ?? [];
  const waitedMs = (taken?.startedAt ?? 0) - (refused?.endedAt ?? 0);
  assert.ok(waitedMs >= 950, 'the wait that the platform named was not kept');
}

async function refusalIsFinal({ entry, subject, facts }: Trial): Promise<NotApplicable | undefined> {
  const final = facts.refusals.find(
    ({ fault, reply, content }) =>
      FAULTS[fault].class === 'final' && typeof reply === 'object' && content === undefined,
  );
  if (final === undefined) return { none: 'the subject has no refusal of a text that is final' };
  await using stage = await openStage(subject, entry, first(facts, final.reply));
  const { view } = await stage.send(HELLO);
  assert.equal(view.state, 'dead', `after "${final.name}" the message is ${view.state}`);
  assert.equal(stage.calls.length, 1, 'what was refused for good was sent again');
  return undefined;
}

async function unclearSendNotRepeated({ entry, subject, facts }: Trial): Promise<NotApplicable | undefined> {
  if (subject.definition.capabilities.idempotent)
    return { none: 'sending twice has the effect of once there' };
  await using stage = await openStage(subject, entry, first(facts, 'reset'));
  const { view, deliveries } = await stage.send(HELLO);
  assert.equal(deliveries[0]?.tries.length, 1, 'what may have arrived was sent again');
  // One that can be asked may well say that it did.
  const states = subject.definition.capabilities.proof === 'history' ? ['parked', 'sent'] : ['parked'];
  assert.ok(states.includes(view.state), `a send without an answer is ${view.state}`);
  return undefined;
}

async function partsNotRepeated({ entry, subject, facts }: Trial): Promise<undefined> {
  const { max } = subject.definition.capabilities.text;
  const words = Array.from({ length: Math.ceil(max / 3) }, (_each, index) => `w${index}`).join(' ');
  let calls = 0;
  await using stage = await openStage(subject, entry, call =>
    ++calls === 2 ? { status: 429, headers: { 'retry-after': '0' }, body: '' } : facts.accept(call),
  );
  const { view, deliveries } = await stage.send({ kind: 'text', text: words });
  assert.ok(deliveries.length > 1, 'a long text is one wire message');
  assert.equal(view.state, 'sent', `the message is ${view.state}: ${view.reason ?? ''}`);
  assert.deepEqual(
    deliveries.map(({ tries }) => tries.length),
    deliveries.map((_, index) => (index === 1 ? 2 : 1)),
    'only the part that was refused is sent again',
  );
}

async function redeliveryIsOneMessage(subject: Subject, entry: string): Promise<NotApplicable | undefined> {
  const { batch, outbound } = subject;
  if ('none' in batch) return batch;
  await using stage = await openStage(subject, entry, 'none' in outbound ? { status: 200 } : outbound.accept);
  const { request, ids } = batch(3);
  for (const time of ['first', 'second']) {
    const status = await stage.receive(request);
    assert.ok(status >= 200 && status < 300, `the ${time} time the webhook was answered ${status}`);
  }
  const inbound = await stage.inbound();
  assert.deepEqual(
    inbound.map(({ platformIds, message }) => message?.id ?? platformIds[0] ?? '').sort(),
    [...ids].sort(),
    'each message of a webhook that comes twice is kept once',
  );
  const { duplicates, inbound: side } = await stage.ledger();
  assert.equal(duplicates, ids.length, 'the second time each of them is a duplicate');
  assert.equal(side.difference, 0, 'a message fell into a hole');
  return undefined;
}
