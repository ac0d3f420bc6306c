/** Webhooks that are refused: what health and the log say of them, and that they never make the hub unready. */
import assert from 'node:assert/strict';
import type { RefusalReason } from '../../src/channels/webhook.ts';
import { watchRefusals } from '../../src/compose/refusals.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { definitionFor } from '../sandbox/support.ts';
import { type TestHub, testHub } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const SLACK = 'team-slack';
const WHATSAPP = 'support-whatsapp';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Line {
  readonly fields: { readonly code: string; readonly channel: string; readonly count: number };
  readonly text: string;
}

/** A logger that keeps what is worth a warning. */
function listening() {
  const lines: Line[] = [];
  const warn = (fields: Line['fields'], text: string): void => void lines.push({ fields, text });
  const logger = createLogger({ level: 'silent', format: 'json', color: false });
  return { lines, logger: Object.assign(logger, { warn }) };
}

async function readiness(hub: TestHub): Promise<readonly string[]> {
  // It is ready only once its threads have started.
  await until(async () => (await hub.api('/readyz')).status === 200, 'the hub to be ready');
  const { status, body } = await hub.api('/readyz');
  assert.equal(status, 200);
  assert.deepEqual([body.ready, body.troubles], [true, []]);
  return body.warnings;
}

/** Signed by the platform, whose clock is so far off this machine's. */
async function postOff(hub: TestHub, byMs: number): Promise<number> {
  const { body, contentType } = hub.draft(SLACK, 'text', { text: 'hello' });
  const { type, adapter } = hub.channel(SLACK);
  const signed = await definitionFor(type).sign(adapter, Buffer.from(body), Date.now() + byMs);
  return (await hub.postAs(SLACK, body, { 'content-type': contentType, ...signed })).status;
}

async function postForged(hub: TestHub, channel: string): Promise<number> {
  const webhook = hub.draft(channel, 'text', { text: 'hello' });
  const headers = await hub.headersFor(channel, webhook);
  return (await hub.postAs(channel, `${webhook.body} `, headers)).status;
}

describe('a hub that refuses webhooks', function () {
  this.timeout(60_000);

  for (const [which, byMs, expected] of [
    [
      'behind',
      -10 * MINUTE_MS,
      /^clock_skew: 3 requests to \/webhooks\/team-slack .*stale-timestamp.*too old/,
    ],
    ['ahead', 10 * MINUTE_MS, /^clock_skew: 3 requests to \/webhooks\/team-slack .*future-timestamp/],
  ] as const)
    it(`says that a clock is off where the platform is ten minutes ${which}, until one is taken`, async () => {
      const { lines, logger } = listening();
      await using hub = await testHub({}, { logger });
      for (let count = 0; count < 2; count++) assert.equal(await postOff(hub, byMs), 401);
      assert.deepEqual(await readiness(hub), []);
      assert.equal(await postOff(hub, byMs), 401);
      const warnings = await readiness(hub);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', expected);
      assert.match(warnings[0] ?? '', /the clock of this machine or of the platform is off/);
      const told = lines.filter(({ fields }) => fields.channel === SLACK);
      assert.deepEqual(
        told.map(({ fields }) => [fields.code, fields.count]),
        [['clock_skew', 1]],
      );
      assert.equal(await postOff(hub, 0), 200);
      assert.deepEqual(await readiness(hub), []);
    });

  it('names the channel file where the signing secret is another, one line for any number of them', async () => {
    const { lines, logger } = listening();
    await using hub = await testHub({}, { logger });
    for (let count = 0; count < 7; count++) assert.equal(await postForged(hub, WHATSAPP), 401);
    const [warning, ...others] = await readiness(hub);
    assert.deepEqual(others, []);
    assert.match(warning ?? '', /^webhooks_refused: 7 requests to \/webhooks\/support-whatsapp were refused/);
    assert.match(
      warning ?? '',
      /the signing secret or app id in support-whatsapp\.yaml is not the platform's/,
    );
    assert.equal(lines.filter(({ fields }) => fields.channel === WHATSAPP).length, 1);
    assert.equal((await hub.post(WHATSAPP, hub.draft(WHATSAPP, 'text', { text: 'hello' }))).status, 200);
    assert.deepEqual(await readiness(hub), []);
  });
});

describe('refusals', () => {
  let at: number;
  const fileOf = (id: string) => (['a', 'b'].includes(id) ? `/somewhere/channels/${id}.yaml` : undefined);
  const watch = () => {
    const { lines, logger } = listening();
    return { lines, refusals: watchRefusals(fileOf, logger, () => at) };
  };
  const times = (count: number, work: () => void): void => {
    for (let done = 0; done < count; done++) work();
  };
  beforeEach(() => {
    at = 5 * HOUR_MS;
  });

  it('are told of by channel and reason, once in an hour, with how many there were', () => {
    const { lines, refusals } = watch();
    times(100, () => refusals.refused('a', 'wrong-signature'));
    times(10, () => refusals.refused('a', 'missing-signature'));
    refusals.refused('b', 'wrong-signature');
    assert.deepEqual(
      lines.map(({ fields }) => fields),
      [
        { code: 'webhooks_refused', channel: 'a', reason: 'wrong-signature', count: 1 },
        { code: 'webhooks_refused', channel: 'a', reason: 'missing-signature', count: 1 },
        { code: 'webhooks_refused', channel: 'b', reason: 'wrong-signature', count: 1 },
      ],
    );
    // What is taken in between makes the log no longer.
    refusals.verified('a', 'event');
    refusals.refused('a', 'wrong-signature');
    assert.equal(lines.length, 3);
    at += HOUR_MS;
    refusals.refused('a', 'wrong-signature');
    assert.deepEqual(lines.at(-1)?.fields.count, 101);
  });

  it('of one channel are not ended by what another takes', () => {
    const { refusals } = watch();
    times(3, () => refusals.refused('a', 'wrong-signature'));
    refusals.verified('b', 'event');
    assert.match(refusals.warnings().join(), /^webhooks_refused: 3 requests to \/webhooks\/a/);
    refusals.verified('a', 'event');
    times(2, () => refusals.refused('a', 'wrong-signature'));
    assert.deepEqual(refusals.warnings(), []);
  });

  it('are not ended by a handshake, which need not be signed, but for those of handshakes', () => {
    const { refusals } = watch();
    times(3, () => refusals.refused('a', 'wrong-signature'));
    times(3, () => refusals.refused('a', 'wrong-verify-token'));
    assert.equal(refusals.warnings().length, 2);
    refusals.verified('a', 'handshake');
    assert.match(refusals.warnings().join(), /^webhooks_refused: 3 .* as wrong-signature/);
  });

  it('are warned of for a day, and never of a channel that there is not', () => {
    const { lines, refusals } = watch();
    times(3, () => refusals.refused('a', 'stale-timestamp'));
    times(3, () => refusals.refused('made-up', 'stale-timestamp'));
    assert.equal(refusals.warnings().length, 1);
    assert.equal(lines.length, 1);
    at += 24 * HOUR_MS;
    assert.equal(refusals.warnings().length, 1);
    at += 1;
    assert.deepEqual(refusals.warnings(), []);
  });

  const EVERY: Readonly<Record<RefusalReason, RegExp>> = {
    'missing-signature': /no signature/,
    'doubled-signature': /two signatures/,
    'malformed-signature': /not signed as the platform signs/,
    'wrong-signature': /the signing secret or app id in a\.yaml/,
    'malformed-timestamp': /not signed as the platform signs/,
    'stale-timestamp': /clock of this machine or of the platform is off/,
    'future-timestamp': /clock of this machine or of the platform is off/,
    'wrong-verify-token': /the verify token in a\.yaml/,
    'not-allowed': /another account/,
    unverifiable: /reaches the address of the platform's keys/,
  };
  for (const [reason, expected] of Object.entries(EVERY) as [RefusalReason, RegExp][])
    it(`say what to do about ${reason}`, () => {
      const { lines, refusals } = watch();
      times(3, () => refusals.refused('a', reason));
      assert.match(refusals.warnings().join(), expected);
      assert.match(lines[0]?.text ?? '', expected);
      assert.doesNotMatch(refusals.warnings().join(), /somewhere/);
    });
});
