import assert from 'node:assert/strict';
import { ERRORS, errorRow, SUBCODES } from '../../../src/channels/messenger/faults.ts';
import { subject } from '../../../src/channels/messenger/testing.ts';
import type { MessengerWire } from '../../../src/channels/messenger/wire.ts';
import { hmacHex } from '../../../src/channels/signature.ts';
import type { Behaviour } from '../../../src/kit/server.ts';
import { FAULTS } from '../../../src/message/fault.ts';
import { graphError, graphSender } from '../shared/graph.ts';

const PAGE = '682498302938465';
const TOKEN = 'EAAGm0PX4ZCpsBAKitAccessToken0001';
const SECRET = 'kit-app-secret-0123456789abcdef';

const hello: MessengerWire = {
  kind: 'message',
  body: {
    recipient: { id: '5481046535350151' },
    messaging_type: 'RESPONSE',
    message: { text: 'SECRET WORDS' },
  },
};
const typing: MessengerWire = {
  kind: 'signal',
  body: { recipient: { id: '5481046535350151' }, sender_action: 'typing_on' },
};

const { send, fault } = graphSender(subject, hello);

const ok: Behaviour = { status: 200, body: { recipient_id: '5481046535350151', message_id: 'm_SENT' } };

describe('messenger: sending', () => {
  it('makes the documented call, with the marker and the proof', async () => {
    const { result, call } = await send(ok);
    assert.deepEqual(result, { ok: true, platformId: 'm_SENT' });
    assert.equal(call?.method, 'POST');
    const proof = hmacHex(SECRET, TOKEN);
    assert.equal(call?.path, `/v25.0/${PAGE}/messages?appsecret_proof=${proof}`);
    assert.equal(call?.headers.authorization, `Bearer ${TOKEN}`);
    assert.equal(call?.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(call?.body ?? ''), {
      recipient: { id: '5481046535350151' },
      messaging_type: 'RESPONSE',
      message: { text: 'SECRET WORDS', metadata: 'patchbay:01JCDELIVERY' },
    });
  });

  it('leaves the proof out where the file says so', async () => {
    const config = { ...subject.config, api: { appsecret_proof: false } };
    const { call } = await send(ok, { config });
    assert.equal(call?.path, `/v25.0/${PAGE}/messages`);
  });

  it('stays below the address it was redirected to', async () => {
    const { call } = await send(ok, { below: '/sandbox/' });
    assert.match(call?.path ?? '', /^\/sandbox\/v25\.0\/682498302938465\/messages\?/);
  });

  it('acts without a marker, and needs no id', async () => {
    const { result, call } = await send(
      { status: 200, body: { recipient_id: '5481046535350151' } },
      { wire: typing },
    );
    assert.deepEqual(result, { ok: true, platformId: null });
    assert.deepEqual(JSON.parse(call?.body ?? ''), typing.body);
  });

  it('has no message to show for an action, whatever it is answered', async () => {
    for (const body of [{ message_id: 'm_A' }, { success: true }, { recipient_id: '1', message_id: 'm_A' }]) {
      const { result } = await send({ status: 200, body }, { wire: typing });
      assert.deepEqual(result, { ok: true, platformId: null });
    }
  });

  it('believes an id only: a recipient is not yet a message', async () => {
    const { result } = await send({ status: 200, body: { recipient_id: '5481046535350151' } });
    assert.ok(!result.ok && result.fault.code === 'ambiguous');
  });

  it('is told to slow down by an answer that took the message', async () => {
    const taken = (headers: Record<string, string>): Behaviour => ({
      status: 200,
      headers,
      body: { message_id: 'm_SENT' },
    });
    const paceOf = async (headers: Record<string, string>) => {
      const { result } = await send(taken(headers));
      assert.ok(result.ok);
      return result.pace;
    };
    const usage = '{"1":[{"type":"messenger","estimated_time_to_regain_access":2}]}';
    assert.deepEqual(await paceOf({ 'x-app-usage': '{"call_count":100}' }), {
      waitMs: 60_000,
      scope: 'account',
    });
    assert.deepEqual(await paceOf({ 'x-business-use-case-usage': usage }), {
      waitMs: 120_000,
      scope: 'account',
    });
    assert.equal(await paceOf({ 'x-app-usage': '{"call_count":99}' }), undefined);
  });

  it('knows a limit of one conversation from one of the page', async () => {
    const pair = await fault(graphError({ code: 613, error_subcode: 1893016 }));
    assert.equal(pair.scope, 'conversation');
    assert.equal((await fault(graphError({ code: 613 }))).scope, undefined);
  });

  it('needs no recipient in the answer: who is known by a reference is not told', async () => {
    const { result } = await send({ status: 200, body: { message_id: 'm_SENT' } });
    assert.deepEqual(result, { ok: true, platformId: 'm_SENT' });
  });

  it('blames what is to blame after the tries a code is worth', async () => {
    const rows: string[] = [];
    for (const [code, subcode, attempt] of [
      [1, undefined, 50],
      [1, 1357046, 50],
      [2, undefined, 3],
      [2, undefined, 4],
      [100, 2018008, 2],
      [100, 2018008, 3],
      [1200, undefined, 50],
    ] as const) {
      const error = subcode === undefined ? { code } : { code, error_subcode: subcode };
      rows.push(`${code}/${subcode} at ${attempt}: ${(await fault(graphError(error), attempt)).code}`);
    }
    assert.deepEqual(rows, [
      '1/undefined at 50: ambiguous',
      '1/1357046 at 50: ambiguous',
      '2/undefined at 3: unavailable',
      '2/undefined at 4: unreachable',
      '100/2018008 at 2: unavailable',
      '100/2018008 at 3: invalid-message',
      '1200/undefined at 50: unavailable',
    ]);
  });

  it('takes their word that it passes against a refusal, and not where it may have arrived', async () => {
    const error = { code: -1, is_transient: true };
    const codes: string[] = [];
    for (const status of [400, 403, 429, 500, 503])
      codes.push(`${status}: ${(await fault(graphError(error, status))).code}`);
    assert.deepEqual(codes, [
      '400: unavailable',
      '403: unavailable',
      '429: rate-limited',
      '500: ambiguous',
      '503: ambiguous',
    ]);
    assert.equal((await fault(graphError({ ...error, code: 1 }, 500))).code, 'ambiguous');
  });

  it('tells code and subcode, and names a parameter only where it is one of ours', async () => {
    const rows: readonly (readonly [string, string])[] = [
      ['(#100) Param recipient[id] must be a valid ID string', 'a parameter is invalid: recipient.id'],
      ['Length of param message[text] must be less than 2000', 'a parameter is invalid: message.text'],
      ['Param message[SECRET] is bad', 'a parameter is invalid'],
      [`Param ${TOKEN} is bad`, 'a parameter is invalid'],
    ];
    for (const [message, detail] of rows) {
      const told = await fault(graphError({ code: 100, error_subcode: 7, message }));
      assert.deepEqual([told.detail, told.platformCode], [detail, '100/7']);
    }
  });

  it('obeys the longest time to regain access, for an hour at most, and retry-after before all', async () => {
    const uses = (...minutes: readonly number[]) =>
      JSON.stringify({
        '1': minutes.map(estimated_time_to_regain_access => ({
          type: 'messenger',
          estimated_time_to_regain_access,
        })),
      });
    const waitOf = async (headers: Record<string, string>, code = 613) =>
      (await fault(graphError({ code }, 400, headers))).retryAfterMs;
    assert.equal(await waitOf({ 'x-business-use-case-usage': uses(0, 3, 2) }), 180_000);
    assert.equal(await waitOf({ 'x-business-use-case-usage': uses(600) }), 3_600_000);
    assert.equal(await waitOf({ 'x-business-use-case-usage': uses(0) }), undefined);
    assert.equal(await waitOf({ 'x-business-use-case-usage': uses(3), 'retry-after': '5' }), 5_000);
    assert.equal(await waitOf({ 'x-page-usage': '{"total_cputime":100}' }), 60_000);
    assert.equal(await waitOf({ 'x-app-usage': '{"call_count":99}' }), undefined);
    assert.equal(await waitOf({ 'x-business-use-case-usage': uses(3) }, 190), undefined);
  });
});

describe('messenger: the table of errors', () => {
  it('waits only for limits of the whole account', () => {
    for (const [code, row] of [...Object.entries(ERRORS), ...Object.entries(SUBCODES)])
      if (row.waitMs !== undefined) assert.ok(FAULTS[row.fault].account, code);
  });

  it('looks for the subcode below its code, then anywhere, then for the code', () => {
    assert.equal(errorRow(10, 2018278)?.fault, 'window-closed');
    assert.equal(errorRow(200, 2018278)?.fault, 'window-closed');
    assert.equal(errorRow(10, 1)?.fault, 'unauthorized');
    assert.equal(errorRow(200, 1)?.fault, 'unauthorized');
    assert.equal(errorRow(300, 1), undefined);
  });
});
