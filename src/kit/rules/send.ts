/** One call an attempt, every refusal told apart, nothing secret told; against a real server on the loopback. */
import assert, { AssertionError } from 'node:assert/strict';
import { type HttpClient, httpClient } from '../../channels/http.ts';
import type { OutboundContent } from '../../message/content.ts';
import { FAULTS, type Fault, isAnswered, type SendResult } from '../../message/fault.ts';
import type { JsonValue } from '../../message/json.ts';
import { openChannel, readConfig } from '../bench.ts';
import { assertPlain } from '../events.ts';
import { needing, type Rule, rulesOf, slug } from '../rule.ts';
import { outbound, samples } from '../samples.ts';
import { type Behaviour, type Platform, platform } from '../server.ts';
import type { OutboundFacts, Refusal, Subject } from '../subject.ts';
import { secretsOf } from './config.ts';
import { rendered } from './render.ts';

const HELLO: OutboundContent = { kind: 'text', text: 'Hello from the conformance kit' };
const MARKER = 'kit-delivery-0001';

/** One attempt at one wire message, and what the platform saw of it. */
interface Attempt {
  readonly result: SendResult;
  readonly platform: Platform;
}

function wiresOf(subject: Subject, content: OutboundContent): readonly JsonValue[] {
  const message = outbound(subject, content, { replyTo: subject.messageId });
  return rendered(openChannel(subject), message)?.wires ?? [];
}

function firstWire(subject: Subject, content: OutboundContent): JsonValue {
  const [wire] = wiresOf(subject, content);
  if (wire === undefined)
    throw new AssertionError({ message: `${content.kind} has no wire message to send` });
  return wire;
}

async function attempt(
  subject: Subject,
  behaviour: Behaviour,
  options: { wire?: JsonValue; content?: OutboundContent; signal?: (platform: Platform) => AbortSignal } = {},
): Promise<Attempt> {
  await using server = await platform(behaviour, subject.prepare);
  await using client = httpClient();
  const config = subject.definition.redirect(readConfig(subject), server.url);
  const channel = openChannel(subject, { config, http: client satisfies HttpClient });
  const wire = options.wire ?? firstWire(subject, options.content ?? HELLO);
  const signal = options.signal?.(server) ?? new AbortController().signal;
  try {
    const result = await channel.send(wire, { marker: MARKER, attempt: 1, seq: 1, signal });
    return { result, platform: server };
  } catch (error) {
    throw new AssertionError({ message: `send must never throw, and threw ${String(error)}` });
  } finally {
    await channel[Symbol.asyncDispose]?.();
  }
}

function assertOnce({ platform: { calls } }: Attempt): void {
  assert.equal(calls.length, 1, `one attempt is one call, and ${calls.length} were made`);
}

function faultOf({ result }: Attempt): Fault {
  assert.ok(!result.ok, 'reported as sent');
  assert.ok(Object.hasOwn(FAULTS, result.fault.code), `no such fault: ${result.fault.code}`);
  assert.ok(result.fault.detail !== '', 'a fault says in its detail what happened');
  assertPlain(result, 'faults');
  return result.fault;
}

/** One rule for each refusal the platform documents. */
export function refusalRules(subject: Subject): readonly Rule[] {
  if ('none' in subject.outbound) {
    const skipped = subject.outbound;
    return rulesOf('refusals', { any: () => skipped });
  }
  const named = subject.outbound.refusals.map(
    refusal => [slug(refusal.name), () => refuse(subject, refusal)] as const,
  );
  return rulesOf('refusals', Object.fromEntries(named));
}

async function refuse(subject: Subject, refusal: Refusal): Promise<void> {
  const made = await attempt(subject, refusal.reply, {
    ...(refusal.content === undefined ? {} : { content: refusal.content }),
    ...(refusal.reply === 'hang' ? { signal: giveUpOnceCalled } : {}),
  });
  if (refusal.reply !== 'refused') assertOnce(made);
  const fault = faultOf(made);
  assert.equal(fault.code, refusal.fault, `classified as ${fault.code}: ${fault.detail}`);
  assert.equal(fault.retryAfterMs, refusal.retryAfterMs, 'the wait the platform named');
  if (typeof refusal.reply === 'object')
    assert.ok(isAnswered(fault), 'what the platform answered has its httpStatus: it shows that it is there');
  if (refusal.platformCode !== undefined) assert.equal(fault.platformCode, refusal.platformCode);
}

/** The hang lasts until the request has arrived, so the caller gives up at no particular time. */
function giveUpOnceCalled(server: Platform): AbortSignal {
  const controller = new AbortController();
  void server.called.then(() => controller.abort());
  return controller.signal;
}

/** A rule about the fault a behaviour of the platform must become. */
const becomes = (codes: readonly Fault['code'][], behaviour: Behaviour, more: Partial<Fault> = {}) =>
  needing(
    subject => subject.outbound,
    async (_facts, subject) => {
      const signal = behaviour === 'hang' ? { signal: giveUpOnceCalled } : {};
      const made = await attempt(subject, behaviour, signal);
      if (behaviour !== 'refused') assertOnce(made);
      const fault = faultOf(made);
      assert.ok(codes.includes(fault.code), `became ${fault.code} and not ${codes.join(' or ')}`);
      for (const [name, value] of Object.entries(more))
        assert.equal(fault[name as keyof Fault], value, `${name} of the fault`);
    },
  );

const HTML = '<!DOCTYPE html><title>Sign in</title>';

export const sendRules: readonly Rule[] = rulesOf('send', {
  accepted: needing(
    subject => subject.outbound,
    async (facts, subject) => {
      const made = await attempt(subject, facts.accept);
      assertOnce(made);
      assert.deepEqual(made.result, { ok: true, platformId: facts.platformId });
    },
  ),
  'every-kind-one-call': needing(
    subject => subject.outbound,
    async (facts, subject) => {
      for (const content of Object.values(samples(subject)).flat())
        for (const wire of wiresOf(subject, content).slice(0, 3)) {
          const made = await attempt(subject, facts.accept, { wire });
          assertOnce(made);
          assert.ok(made.result.ok, `an accepted ${content.kind} is reported as failed`);
        }
    },
  ),
  'marker-carried': needing(
    subject => subject.outbound,
    async (facts, subject) => {
      if (subject.definition.capabilities.proof === 'none') return;
      const { platform: server } = await attempt(subject, facts.accept);
      const [call] = server.calls;
      assert.ok(call !== undefined, 'no call was made');
      const found = facts.marker === undefined ? call.body.includes(MARKER) : facts.marker(call) === MARKER;
      assert.ok(found, 'the marker does not travel with the message, and the capabilities promise a proof');
    },
  ),
  'hang-ends-with-the-signal': becomes(['ambiguous'], 'hang'),
  'dead-host-not-connected': becomes(['not-connected'], 'refused'),
  'reset-is-ambiguous': becomes(['ambiguous'], 'reset'),
  'cut-answer-is-ambiguous': becomes(['ambiguous'], 'cut'),
  'aborted-before-is-not-sent': needing(
    subject => subject.outbound,
    async (facts, subject) => {
      const made = await attempt(subject, facts.accept, { signal: () => AbortSignal.abort() });
      assert.equal(made.platform.calls.length, 0, 'a call was made although the signal was aborted');
      assert.equal(FAULTS[faultOf(made).code].class, 'not sent', 'nothing left us, so nothing is open');
    },
  ),
  'accepted-without-id-is-ambiguous': needing(
    subject => subject.outbound,
    async (facts, subject) => {
      if (facts.platformId === null) return;
      for (const body of ['', '{}', HTML, '[]', 'null']) {
        const fault = faultOf(await attempt(subject, { status: 200, body }));
        assert.equal(fault.code, 'ambiguous', `200 with ${JSON.stringify(body)} became ${fault.code}`);
      }
    },
  ),
  'rate-limit-with-wait': becomes(
    ['rate-limited'],
    { status: 429, headers: { 'retry-after': '7' }, body: '' },
    { retryAfterMs: 7_000, httpStatus: 429 },
  ),
  'rate-limit-without-wait': becomes(['rate-limited'], { status: 429, body: HTML }),
  'unauthorized-without-body': becomes(['unauthorized'], { status: 401, body: '' }),
  'server-error-not-final': becomes(['ambiguous', 'unavailable'], { status: 500, body: HTML }),
  'gateway-error-not-final': becomes(['ambiguous', 'unavailable'], { status: 502, body: '' }),
  'refused-request-is-final': becomes(
    ['invalid-message', 'unreachable'],
    { status: 400, body: HTML },
    { httpStatus: 400 },
  ),
  'redirect-not-followed': needing(
    subject => subject.outbound,
    async (_facts, subject) => {
      const made = await attempt(subject, { status: 307, headers: { location: '/elsewhere' }, body: '' });
      assertOnce(made);
      faultOf(made);
    },
  ),
  'huge-answer-bounded': becomes(['ambiguous', 'unavailable'], { status: 200, body: ' '.repeat(4_000_000) }),
  'secrets-never-told': needing(
    subject => subject.outbound,
    async (facts, subject) => {
      const forbidden = [...secretsOf(subject), 'Hello from the conformance kit'];
      for (const behaviour of [...echoes(facts), ...facts.refusals.map(refusal => refusal.reply)]) {
        const signal = behaviour === 'hang' ? { signal: giveUpOnceCalled } : {};
        const { result } = await attempt(subject, behaviour, signal);
        const told = JSON.stringify(result);
        assert.ok(
          !forbidden.some(secret => told.includes(secret)),
          'a fault tells a secret or the text of the message',
        );
      }
    },
  ),
});

/** Answers that quote the whole call back, in each place where platforms put their words. */
function echoes(facts: OutboundFacts): readonly Behaviour[] {
  const shaped = facts.refusals
    .map(refusal => refusal.reply)
    .filter(reply => typeof reply === 'object')
    .slice(0, 20);
  return [
    call => ({ status: 400, body: JSON.stringify(call) }),
    call => ({ status: 500, headers: { 'x-debug': call.headers.authorization ?? '' }, body: call.body }),
    ...shaped.map(
      ({ body, ...reply }): Behaviour =>
        call => ({ ...reply, body: body === undefined ? '' : quoting(body, JSON.stringify(call)) }),
    ),
  ];
}

/** The body with every text that is a sentence replaced by the quotation; codes stay. */
const quoting = (body: JsonValue, quotation: string): JsonValue =>
  JSON.parse(JSON.stringify(body), (_key, field) =>
    typeof field === 'string' && /\s/.test(field) ? `${field} ${quotation}` : field,
  );
