/** What Meta's codes come to is judged by the attempts that are held against the message, with the real adapters. */
import assert from 'node:assert/strict';
import { type HttpClient, type HttpOutcome, httpClient } from '../../src/channels/http.ts';
import { subject as messenger } from '../../src/channels/messenger/testing.ts';
import { subject as whatsapp } from '../../src/channels/whatsapp/testing.ts';
import { openChannel, readConfig } from '../../src/kit/bench.ts';
import { type Behaviour, type Platform, platform } from '../../src/kit/server.ts';
import type { Subject } from '../../src/kit/subject.ts';
import type { JsonObject } from '../../src/message/json.ts';
import type { OutboundTrace } from '../../src/storage/look-up.ts';
import { type Bench, deliveryBench, POLICY, textTo } from '../support/delivery.ts';
import { until } from '../support/wait.ts';

const REFUSED: HttpOutcome = { kind: 'failure', mayHaveLeft: false, reason: 'ECONNREFUSED' };

describe('attempts that are not held against a message', () => {
  let bench: Bench;
  let ticking: NodeJS.Timeout;
  beforeEach(async () => {
    bench = await deliveryBench();
    ticking = setInterval(() => bench.clock.advance(10_000), 5);
  });
  afterEach(async () => {
    clearInterval(ticking);
    await bench[Symbol.asyncDispose]();
  });

  /** Its calls end so, one after the other; then it takes everything. */
  async function sent(
    subject: Subject,
    taken: JsonObject,
    ends: readonly (Behaviour | HttpOutcome)[],
  ): Promise<OutboundTrace> {
    const left = [...ends];
    let next: Behaviour = { status: 200, body: taken };
    await using server: Platform = await platform(call => (typeof next === 'function' ? next(call) : next));
    await using http = httpClient();
    const client: HttpClient = {
      async request(asked) {
        const end = left.shift() ?? { status: 200, body: taken };
        if (typeof end === 'object' && 'kind' in end) return end;
        next = end;
        return http.request(asked);
      },
    };
    const config = subject.definition.redirect(readConfig(subject), server.url);
    const channel = { ...openChannel(subject, { config, http: client }), tenant: 'default', id: 'test' };
    const policy = { ...POLICY, ambiguous: { waitMs: 1, policy: 'park' as const } };
    bench.outlets.set('test', { channel, idempotent: false, policy });
    bench.start();
    const message = textTo('15550100001', 'hello');
    await bench.ask(message);
    await until(async () => (await bench.traceOf(message)).view.state !== 'open', 'the end of the message');
    return bench.traceOf(message);
  }

  const resultsOf = ({ deliveries }: OutboundTrace): readonly string[] =>
    deliveries.flatMap(({ tries }) => tries.map(({ result }) => result));

  for (const [subject, error] of [
    [whatsapp, { code: 1 }],
    [messenger, { code: 1, error_subcode: 1_357_046 }],
  ] as const)
    it(`(${subject.definition.type}) make no certainty of what may have arrived`, async () => {
      const limit: Behaviour = { status: 429, headers: { 'retry-after': '1' }, body: { error: { code: 4 } } };
      const lost: Behaviour = { status: 500, body: { error } };
      const trace = await sent(subject, {}, [limit, limit, limit, lost]);
      assert.deepEqual(resultsOf(trace), ['not sent', 'not sent', 'not sent', 'ambiguous']);
      assert.equal(trace.view.state, 'parked', 'an operator decides, and a receipt may still prove it');
    });

  for (const [subject, error, taken] of [
    [messenger, { code: 2 }, { message_id: 'm_1' }],
    [messenger, { code: 100, error_subcode: 2_018_008 }, { message_id: 'm_1' }],
    [whatsapp, { code: 135_000 }, { messages: [{ id: 'wamid.1' }] }],
  ] as const)
    it(`(${subject.definition.type}) are no tries of code ${error.code}, which has some`, async () => {
      const refused: Behaviour = { status: 400, body: { error } };
      const trace = await sent(subject, taken, [REFUSED, REFUSED, REFUSED, refused]);
      assert.equal(trace.view.state, 'sent');
      assert.deepEqual(resultsOf(trace), ['not sent', 'not sent', 'not sent', 'not sent', 'sent']);
    });
});
