import assert from 'node:assert/strict';
import { z } from 'zod';
import { baseUrl, duration, secret, signingSecret, size } from '../../../src/channels/fields.ts';

const accepts = (schema: z.ZodType, given: unknown): unknown => {
  const read = schema.safeParse(given);
  return read.success ? read.data : 'refused';
};

describe('fields of configuration', () => {
  const durations: readonly (readonly [unknown, unknown])[] = [
    ['0ms', 0],
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1_500],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
    ['0.4ms', 0],
    ['10', 'refused'],
    ['s', 'refused'],
    ['-1s', 'refused'],
    ['1 s', 'refused'],
    ['1S', 'refused'],
    ['1w', 'refused'],
    ['1s\n', 'refused'],
    [10, 'refused'],
  ];
  for (const [given, expected] of durations)
    it(`duration ${JSON.stringify(given)} is ${expected}`, () =>
      assert.equal(accepts(duration('How long.'), given), expected));

  const sizes: readonly (readonly [unknown, unknown])[] = [
    ['0b', 0],
    ['64kb', 64_000],
    ['20MB', 20_000_000],
    ['1gb', 1_000_000_000],
    ['1.5mb', 'refused'],
    ['20', 'refused'],
    ['-1kb', 'refused'],
    ['1tb', 'refused'],
    [20, 'refused'],
  ];
  for (const [given, expected] of sizes)
    it(`size ${JSON.stringify(given)} is ${expected}`, () =>
      assert.equal(accepts(size('How big.'), given), expected));

  it('takes http addresses only, and has one of its own', () => {
    const field = baseUrl('Where.', 'https://api.example');
    assert.equal(accepts(field, undefined), 'https://api.example');
    assert.equal(accepts(field, 'http://127.0.0.1:8080/x'), 'http://127.0.0.1:8080/x');
    for (const wrong of ['ftp://a.example', 'file:///etc/passwd', 'javascript:alert(1)', 'a.example', '', 7])
      assert.equal(accepts(field, wrong), 'refused');
  });

  it('wants secrets that are some, and signing secrets that are long', () => {
    assert.equal(accepts(secret('Key.'), ''), 'refused');
    assert.equal(accepts(secret('Key.'), 'x'), 'x');
    assert.equal(accepts(signingSecret('Key.'), 'fifteen-letters'), 'refused');
    assert.equal(accepts(signingSecret('Key.'), 'sixteen--letters'), 'sixteen--letters');
  });

  it('never repeats a refused secret', () => {
    const read = signingSecret('Key.').safeParse('hunter2');
    assert.ok(!read.success);
    assert.doesNotMatch(z.prettifyError(read.error), /hunter2/);
  });

  it('marks secrets and describes everything, for masks and for the reference', () => {
    const schema = z.strictObject({
      key: secret('A key.'),
      signing: signingSecret('A signing key.'),
      wait: duration('How long.'),
      room: size('How big.'),
      url: baseUrl('Where.', 'https://api.example'),
    });
    const { properties } = z.toJSONSchema(schema, { io: 'input' });
    const told = Object.entries(properties ?? {}).map(([name, field]) => {
      const { secret: marked, description } = field as { secret?: boolean; description?: string };
      return [name, marked === true, description];
    });
    assert.deepEqual(told, [
      ['key', true, 'A key.'],
      ['signing', true, 'A signing key.'],
      ['wait', false, 'How long.'],
      ['room', false, 'How big.'],
      ['url', false, 'Where.'],
    ]);
  });
});
