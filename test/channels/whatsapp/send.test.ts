import assert from 'node:assert/strict';
import { ERROR_RANGES, ERRORS } from '../../../src/channels/whatsapp/faults.ts';
import { subject } from '../../../src/channels/whatsapp/testing.ts';
import { messageWire, signalWire, type WhatsAppWire } from '../../../src/channels/whatsapp/wire.ts';
import type { Behaviour } from '../../../src/kit/server.ts';
import { FAULTS } from '../../../src/message/fault.ts';
import { graphError, graphSender } from '../shared/graph.ts';

const hello = messageWire('15550100001', undefined, { type: 'text', text: { body: 'SECRET WORDS' } });

const { send, fault } = graphSender<WhatsAppWire>(subject, hello);

const ok: Behaviour = { status: 200, body: { messages: [{ id: 'wamid.SENT' }] } };

describe('whatsapp: sending', () => {
  it('makes the documented call', async () => {
    const { result, call } = await send(ok);
    assert.deepEqual(result, { ok: true, platformId: 'wamid.SENT' });
    assert.equal(call?.method, 'POST');
    assert.equal(call?.path, '/v25.0/106540352242922/messages');
    assert.equal(call?.headers.authorization, 'Bearer EAAGm0PX4ZCpsBAKitAccessToken0001');
    assert.equal(call?.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(call?.body ?? ''), {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '15550100001',
      type: 'text',
      text: { body: 'SECRET WORDS' },
      biz_opaque_callback_data: '01JCDELIVERY',
    });
  });

  it('stays below the address it was redirected to', async () => {
    const { call } = await send(ok, { below: '/sandbox/' });
    assert.equal(call?.path, '/sandbox/v25.0/106540352242922/messages');
  });

  it('sends marketing messages on their own edge', async () => {
    const { call } = await send(ok, { wire: { ...hello, edge: 'marketing_messages' } });
    assert.equal(call?.path, '/v25.0/106540352242922/marketing_messages');
  });

  it('marks as read without a marker, and needs no id', async () => {
    const { result, call } = await send(
      { status: 200, body: { success: true } },
      { wire: signalWire('wamid.TARGET') },
    );
    assert.deepEqual(result, { ok: true, platformId: null });
    assert.deepEqual(JSON.parse(call?.body ?? ''), {
      messaging_product: 'whatsapp',
      status: 'read',
      message_id: 'wamid.TARGET',
    });
  });

  it('gives an id for a message even where success is said', async () => {
    const { result } = await send({ status: 200, body: { success: true } });
    assert.ok(!result.ok && result.fault.code === 'ambiguous');
  });

  it('holds code 1 against the message, also where an upload failed so', async () => {
    assert.equal((await fault(graphError({ code: 1 }))).scope, 'message');
  });

  it('blames the message after the tries a code is worth', async () => {
    const codes: string[] = [];
    for (const [code, attempt, spared] of [
      [1, 50, 0],
      [135000, 1, 0],
      [135000, 4, 3],
      [135000, 5, 3],
      [131000, 50, 0],
    ] as const) {
      const { code: became } = await fault(graphError({ code }), attempt, spared);
      codes.push(`${code} at ${attempt - spared}: ${became}`);
    }
    assert.deepEqual(codes, [
      '1 at 50: ambiguous',
      '135000 at 1: unavailable',
      '135000 at 1: unavailable',
      '135000 at 2: invalid-message',
      '131000 at 50: unavailable',
    ]);
  });

  it('names the parameter that was wrong, where it is one of ours', async () => {
    const rows: readonly (readonly [string, string])[] = [
      ["Param text['body'] must be at most 4096 characters long.", 'a parameter is invalid: text.body'],
      ['(#100) Param to is not valid', 'a parameter is invalid: to'],
      ['Param text.SECRET_WORDS is bad', 'a parameter is invalid'],
      ['Param EAAGm0PX4ZCpsBAKitAccessToken0001 is bad', 'a parameter is invalid'],
      ['Invalid parameter', 'a parameter is invalid'],
    ];
    for (const [message, detail] of rows)
      assert.equal((await fault(graphError({ code: 100, message }))).detail, detail);
  });

  it('prefers the wait in the answer over the one in the table', async () => {
    const headers = { 'retry-after': '5' };
    const answer = await fault({ status: 400, headers, body: { error: { code: 131048 } } });
    assert.equal(answer.retryAfterMs, 5_000);
    assert.equal((await fault(graphError({ code: 131048 }))).retryAfterMs, 3_600_000);
  });

  it('falls back on the status where the error has no code', async () => {
    const rows = [
      [400, 'invalid-message'],
      [401, 'unauthorized'],
      [429, 'rate-limited'],
      [503, 'ambiguous'],
    ] as const;
    for (const [status, code] of rows)
      assert.equal((await fault(graphError({ message: 'no' }, status))).code, code);
  });
});

describe('whatsapp: the table of errors', () => {
  it('has ranges that hold no row of another number', () => {
    for (const { from, to } of ERROR_RANGES) assert.ok(from <= to);
    const sorted = [...ERROR_RANGES].sort((one, other) => one.from - other.from);
    for (const [index, range] of sorted.entries())
      assert.ok(range.from > (sorted[index - 1]?.to ?? -1), `${range.from} overlaps`);
  });

  it('waits only for limits of the whole number', () => {
    for (const [code, row] of Object.entries(ERRORS))
      if (row.waitMs !== undefined) assert.ok(FAULTS[row.fault].account, code);
  });
});
