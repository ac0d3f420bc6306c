import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import {
  checkTimestamp,
  header,
  hmacHex,
  sameSecret,
  signedBy,
  signingKey,
} from '../../../src/channels/signature.ts';
import type { WebhookRequest } from '../../../src/channels/webhook.ts';

const SECRET = 'a-signing-secret-of-some-length';
const BODY = Buffer.from('{"text":"caf\\u00e9"}');
const DIGEST = createHmac('sha256', SECRET).update(BODY).digest('hex');
const KEY = signingKey(SECRET);
const OTHER = signingKey('another-secret-of-some-length');

const request = (headers: WebhookRequest['headers']): WebhookRequest => ({
  method: 'POST',
  query: {},
  headers,
  body: BODY,
});

describe('signatures', () => {
  it('tells a missing header from a doubled one', () => {
    assert.equal(header(request({}), 'x-sig'), undefined);
    assert.equal(header(request({ 'x-sig': [] }), 'x-sig'), undefined);
    assert.equal(header(request({ 'x-sig': [''] }), 'x-sig'), '');
    assert.equal(header(request({ 'x-sig': ['a'] }), 'x-sig'), 'a');
    assert.equal(header(request({ 'x-sig': ['a', 'a'] }), 'x-sig'), null);
  });

  const rows: readonly {
    name: string;
    given: string;
    ok: boolean;
    keys?: (typeof KEY)[];
    body?: Uint8Array;
  }[] = [
    { name: 'the right digest', given: DIGEST, ok: true },
    { name: 'upper-case hex', given: DIGEST.toUpperCase(), ok: true },
    { name: 'another digest', given: '0'.repeat(64), ok: false },
    { name: 'nothing', given: '', ok: false },
    { name: 'a digit short', given: DIGEST.slice(1), ok: false },
    { name: 'a digit long', given: `${DIGEST}0`, ok: false },
    { name: 'a line feed behind it', given: `${DIGEST}\n`, ok: false },
    { name: 'base64', given: Buffer.from(DIGEST, 'hex').toString('base64'), ok: false },
    { name: 'full-width digits', given: DIGEST.replace(/\d/g, '０'), ok: false },
    { name: 'the previous key', given: DIGEST, ok: true, keys: [OTHER, KEY] },
    { name: 'a third key', given: DIGEST, ok: false, keys: [OTHER, OTHER, KEY] },
    { name: 'another key', given: DIGEST, ok: false, keys: [OTHER] },
    { name: 'no key', given: DIGEST, ok: false, keys: [] },
    { name: 'another body', given: DIGEST, ok: false, body: Buffer.from('{}') },
    { name: 'an empty body', given: DIGEST, ok: false, body: Buffer.alloc(0) },
  ];
  for (const { name, given, ok, keys = [KEY], body = BODY } of rows)
    it(`${ok ? 'accepts' : 'refuses'} ${name}`, () =>
      assert.equal(signedBy(keys, [body], given) !== null, ok));

  it('tells which key it was', () => {
    assert.equal(signedBy([KEY, OTHER], [BODY], DIGEST), 'current');
    assert.equal(signedBy([OTHER, KEY], [BODY], DIGEST), 'previous');
    assert.equal(signedBy([OTHER], [BODY], DIGEST), null);
  });

  it('signs parts as if they were one', () => {
    assert.equal(hmacHex(SECRET, 'v0:', '1700000000', ':', BODY), hmacHex(SECRET, `v0:1700000000:${BODY}`));
    assert.equal(hmacHex(SECRET, BODY), DIGEST);
  });

  it('compares secrets of any length', () => {
    assert.equal(sameSecret('abc', 'abc'), true);
    assert.equal(sameSecret('', ''), true);
    for (const other of ['abd', 'ab', 'abcd', '', 'ABC', 'аbc'])
      assert.equal(sameSecret('abc', other), false);
  });
});

describe('signed times', () => {
  const NOW_MS = 1_700_000_000_999;
  const rows: readonly (readonly [string, string])[] = [
    ['1700000000', 'ok'],
    ['1699999700', 'ok'],
    ['1699999699', 'stale-timestamp'],
    ['1700000300', 'ok'],
    ['1700000301', 'future-timestamp'],
    ['', 'malformed-timestamp'],
    ['1700000000abc', 'malformed-timestamp'],
    [' 1700000000', 'malformed-timestamp'],
    ['1700000000\n', 'malformed-timestamp'],
    ['1e9', 'malformed-timestamp'],
    ['0x10', 'malformed-timestamp'],
    ['-170000000', 'malformed-timestamp'],
    ['NaN', 'malformed-timestamp'],
    ['12345678901234567890', 'malformed-timestamp'],
    ['１７０００００００0', 'malformed-timestamp'],
  ];
  for (const [value, expected] of rows)
    it(`${JSON.stringify(value)} is ${expected}`, () => {
      const verdict = checkTimestamp(value, NOW_MS);
      assert.equal(verdict.ok ? 'ok' : verdict.reason, expected);
      if (!verdict.ok) assert.equal(verdict.status, 401);
    });

  it('takes another tolerance', () => {
    assert.equal(checkTimestamp('1699999989', NOW_MS, 10).ok, false);
    assert.equal(checkTimestamp('1699999990', NOW_MS, 10).ok, true);
  });
});
