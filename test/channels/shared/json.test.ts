import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Unreadable } from '../../../src/channels/channel.ts';
import {
  asId,
  asList,
  asNumber,
  asObject,
  asObjects,
  asText,
  compact,
  MAX_JSON_DEPTH,
  MAX_JSON_TOKENS,
  readJson,
  readText,
} from '../../../src/channels/json.ts';

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('reading JSON from outside', () => {
  const bad: readonly { name: string; body: string | Uint8Array; reason: RegExp }[] = [
    { name: 'nothing', body: '', reason: /not valid JSON/ },
    { name: 'words', body: 'hello', reason: /not valid JSON/ },
    { name: 'half an object', body: '{"a":', reason: /not valid JSON/ },
    { name: 'a comment', body: '{/**/}', reason: /not valid JSON/ },
    { name: 'a byte order mark', body: '\ufeff{}', reason: /not valid JSON/ },
    { name: 'a list', body: '[]', reason: /not a JSON object/ },
    { name: 'null', body: 'null', reason: /not a JSON object/ },
    { name: 'a text', body: '"{}"', reason: /not a JSON object/ },
    { name: 'a level too deep', body: nested(MAX_JSON_DEPTH + 1), reason: /nested deeper/ },
    { name: 'a depth bomb', body: nested(100_000), reason: /nested deeper/ },
    { name: 'an unclosed depth bomb', body: '['.repeat(1_000_000), reason: /nested deeper/ },
    { name: 'a token bomb', body: `{"a":[${'0,'.repeat(MAX_JSON_TOKENS)}0]}`, reason: /more than/ },
    { name: 'a bomb of objects', body: `{"a":[${'{},'.repeat(MAX_JSON_TOKENS)}{}]}`, reason: /more than/ },
    { name: 'a lone 0xff', body: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), reason: /not valid UTF-8/ },
    { name: 'an overlong form', body: Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), reason: /not valid UTF-8/ },
    {
      name: 'an encoded surrogate',
      body: Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
      reason: /not valid UTF-8/,
    },
    { name: 'a cut character', body: Uint8Array.of(0x22, 0xf0, 0x9f), reason: /not valid UTF-8/ },
  ];
  for (const { name, body, reason } of bad)
    it(`refuses ${name}`, () =>
      assert.throws(
        () => readJson(body),
        error => error instanceof Unreadable && reason.test(error.message),
      ));

  it('never quotes the body in the reason', () => {
    assert.throws(
      () => readJson('{"password": hunter2'),
      error => error instanceof Unreadable && !error.message.includes('hunter2'),
    );
  });

  it('takes what is just within the bounds', () => {
    readJson(nested(MAX_JSON_DEPTH));
    readJson(`{"a":[${'0,'.repeat(MAX_JSON_TOKENS - 2)}0]}`);
  });

  it('counts no bracket inside a text', () => {
    const text = `${'[{'.repeat(100_000)}\\"${','.repeat(100_000)}`;
    assert.deepEqual(readJson(JSON.stringify({ text })), { text });
  });

  it('drops keys that reach for the prototype, however they are written', () => {
    for (const key of ['__proto__', '\\u005f_proto__', '__proto\\u005F\\u005f']) {
      const value = readJson(`{"a":{"${key}":{"admin":true},"b":1}}`);
      assert.deepEqual(value, { a: { b: 1 } });
      assert.deepEqual(Object.keys(value.a as object), ['b']);
      assert.equal(({} as { admin?: boolean }).admin, undefined);
    }
  });

  it('keeps an innocent text that only mentions it', () => {
    assert.deepEqual(readJson('{"text":"__proto__"}'), { text: '__proto__' });
  });

  it('keeps text as it was sent: escapes, zeros, lone surrogates', () => {
    const body = '{"a":"caf\\u00e9 \\/ \\ud83d\\ude00 \\u0000 \\ud800"}';
    assert.equal(readJson(body).a, 'café / 😀 \u0000 \ud800');
    assert.equal(readText(Buffer.from('é\u200b👩‍👩‍👧')), 'é\u200b👩‍👩‍👧');
  });

  it('reads any JSON object as JSON.parse does', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 }));
    fc.assert(
      fc.property(objects, object => {
        const text = JSON.stringify(object);
        if (text.includes('__proto__')) return;
        assert.deepEqual(readJson(text), JSON.parse(text));
      }),
    );
  });
});

describe('reading fields', () => {
  it('takes the wrong type for absent', () => {
    for (const wrong of [undefined, null, 7, true, [], 'text'] as const)
      assert.equal(asObject(wrong), undefined);
    for (const wrong of [undefined, null, 7, {}, [], true] as const) assert.equal(asText(wrong), undefined);
    for (const wrong of [undefined, null, '7', {}, true, Number.POSITIVE_INFINITY] as const)
      assert.equal(asNumber(wrong), undefined);
    for (const wrong of [undefined, null, '', 7, {}] as const) assert.equal(asId(wrong), undefined);
    for (const wrong of [undefined, null, 'ab', {}] as const) assert.deepEqual(asList(wrong), []);
  });

  it('gives what is there', () => {
    assert.deepEqual(asObject({ a: 1 }), { a: 1 });
    assert.equal(asText(''), '');
    assert.equal(asId('x'), 'x');
    assert.equal(asNumber(0), 0);
    assert.deepEqual(asList([1, null]), [1, null]);
    assert.deepEqual(asObjects([1, { a: 1 }, null, [], { b: 2 }]), [{ a: 1 }, { b: 2 }]);
  });

  it('leaves out what is undefined, and nothing else', () => {
    const value = compact({ a: undefined, b: null, c: 0, d: '', e: false });
    assert.deepEqual(Object.entries(value), Object.entries({ b: null, c: 0, d: '', e: false }));
  });
});
