// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** The parts of reading configuration that are tables by nature. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { secret } from '../../src/channels/fields.ts';
import { merged } from '../../src/config/channels.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { diskFiles, MAX_FILE_BYTES } from '../../src/config/files.ts';
import { readListen } from '../../src/config/hub-schema.ts';
import { renderProblems } from '../../src/config/render.ts';
import { holdsSecret, isOptional, isSecret, overridesOf } from '../../src/config/schema.ts';
import { placeOf } from '../../src/config/source.ts';
import { nearest } from '../../src/config/suggest.ts';
import { temporaryFolder } from '../support/folder.ts';
import { A, check, phoneWith } from './setup.ts';

describe('did you mean', () => {
  const cases: readonly (readonly [word: string, among: readonly string[], found: string | undefined])[] = [
    ['sining_secret', ['bot_token', 'signing_secret'], 'signing_secret'],
    ['team', ['whatsapp', 'slack', 'teams'], 'teams'],
    ['WhatsApp', ['whatsapp'], 'whatsapp'],
    ['access-token', ['access_token'], 'access_token'],
    ['tpye', ['type'], 'type'],
    ['retries', ['retry'], undefined],
    ['ab', ['id'], undefined],
    ['', ['id', 'type'], undefined],
    ['timeout', ['timeouts', 'timeout'], 'timeout'],
  ];
  for (const [word, among, found] of cases) {
    it(`${word || 'nothing'} among ${among.join(', ')}: ${found ?? 'no idea'}`, () => {
      assert.equal(nearest(word, among), found);
    });
  }
});

describe('addresses to listen at', () => {
  const cases: readonly (readonly [text: string, read: unknown])[] = [
    ['127.0.0.1:8787', { host: '127.0.0.1', port: 8787 }],
    ['hub.internal:0', { host: 'hub.internal', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['::1:80', undefined],
    ['localhost', undefined],
    [':80', undefined],
    ['localhost:65536', undefined],
    ['http://localhost:80', undefined],
    ['localhost:80/', undefined],
  ];
  for (const [text, read] of cases) {
    it(text, () => assert.deepEqual(readListen(text), read));
  }
});

describe('the line that is shown', () => {
  const excerptOf = (text: string, at: string, hidden: readonly { start: number; end: number }[] = []) => {
    const start = text.indexOf(at);
    const place = placeOf({ file: 'f', text }, { start, end: start + at.length }, hidden);
    return [
      place.line,
      place.column,
      place.excerpt,
      place.excerpt.slice(place.mark.at).slice(0, place.mark.length),
    ];
  };
  const secretAt = (text: string, found: string) => {
    const start = text.indexOf(found);
    return [{ start, end: start + found.length }];
  };

  it('is the one of the mark, without its line end', () => {
    assert.deepEqual(excerptOf('a: 1\r\nb: two\r\nc: 3', 'two'), [2, 4, 'b: two', 'two']);
  });

  it('keeps the mark in place behind a secret that is longer or shorter than its mask', () => {
    for (const value of ['x', 'a secret that is longer than its mask']) {
      const text = `{ a: ${value}, b: two }`;
      const [, column, ...rest] = excerptOf(text, 'two', secretAt(text, value));
      assert.deepEqual(rest, ['{ a: ********, b: two }', 'two']);
      assert.equal(column, text.indexOf('two') + 1);
    }
  });

  it('marks all of the mask, and masks each line of a secret', () => {
    assert.deepEqual(excerptOf('a: s3cr3t', 's3cr3t', [{ start: 3, end: 9 }]), [
      1,
      4,
      'a: ********',
      '********',
    ]);
    const text = 'a: |\n  s3\n  cr\nb: 1';
    assert.deepEqual(excerptOf(text, 'cr', [{ start: 3, end: 14 }]), [3, 3, '********', '********']);
  });

  it('is cut to a screen around the mark', () => {
    const text = `a: ${'x'.repeat(500)} two ${'y'.repeat(500)}`;
    const [line, column, excerpt, mark] = excerptOf(text, 'two');
    assert.deepEqual([line, column, mark], [1, 505, 'two']);
    assert.match(String(excerpt), /^…x+ two y+…$/);
    assert.equal(String(excerpt).length, 102);
  });

  it('holds nothing a terminal would act on', () => {
    assert.deepEqual(excerptOf('a: \u001b[31m\u202etwo', 'two'), [1, 10, 'a: �[31m�two', 'two']);
    const { text } = check({
      files: { [A]: phoneWith({ replace: ['type: phone', 'type: "\\e[31mphone"'] }) },
    });
    assert.ok(text.startsWith('error[PB-C002] unknown channel type "�[31mphone"\n'), text);
  });

  it('is coloured on demand, and the same without the colours', () => {
    const { problems, text } = check({
      files: { [A]: phoneWith({ replace: ['type: phone', 'type: fone'] }) },
    });
    const coloured = renderProblems(problems, { color: true });
    assert.ok(coloured.startsWith('\u001b['));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
    assert.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), text);
  });

  it('is shown for a hundred problems of a file, and the others are counted', () => {
    const keys = Array.from({ length: 150 }, (_, index) => `unknown_${index}: 1\n`).join('');
    const { problems } = check({ files: { [A]: phoneWith({ add: keys }) } });
    assert.equal(problems.length, 100);
    assert.equal(problems.at(-1)?.help, '50 more problems in this file');
  });
});

describe('questions to a schema', () => {
  it('find secrets behind whatever wraps them', () => {
    const token = secret('A token.');
    for (const schema of [
      token,
      token.optional(),
      token.min(16),
      token.transform(value => value),
      token.nullable(),
    ]) {
      assert.equal(isSecret(schema), true);
    }
    assert.equal(isSecret(z.string()), false);
    assert.equal(holdsSecret(z.array(z.union([z.string(), z.strictObject({ token })]))), true);
    assert.equal(holdsSecret(z.strictObject({ any: z.json() })), false);
  });

  it('make every key of overrides optional and forget the defaults', () => {
    const schema = z.strictObject({
      a: z.number().default(1).describe('A.'),
      b: z
        .strictObject({ c: z.string(), d: z.string().prefault('x').transform(Number) })
        .prefault({ c: 'c' }),
    });
    const overrides = overridesOf(schema);
    assert.equal(isOptional(overrides), true);
    assert.deepEqual(overrides.parse({}), {});
    assert.deepEqual(overrides.parse({ b: { d: '7' } }), { b: { d: 7 } });
    assert.equal(overrides.safeParse({ b: { e: 1 } }).success, false);
    assert.equal(overrides.safeParse({ a: 'one' }).success, false);
  });

  it('merge key by key, lists whole', () => {
    const cases: readonly (readonly [base: unknown, over: unknown, result: unknown])[] = [
      [undefined, undefined, {}],
      [{ a: 1 }, undefined, { a: 1 }],
      [undefined, { a: 1 }, { a: 1 }],
      [{ a: { b: 1, c: [1, 2] } }, { a: { c: [3] }, d: 4 }, { a: { b: 1, c: [3] }, d: 4 }],
    ];
    for (const [base, over, result] of cases) assert.deepEqual(merged(base, over), result);
  });
});

describe('the environment', () => {
  const cases: readonly (readonly [Record<string, string>, Partial<ReturnType<typeof readEnvironment>>])[] = [
    [{}, { crash: undefined, color: 'auto', ci: false }],
    [{ HUB_CRASH: 'CP4:2' }, { crash: 'CP4:2' }],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, { color: 'never' }],
    [{ NO_COLOR: '' }, { color: 'auto' }],
    [{ FORCE_COLOR: '1', TERM: 'dumb' }, { color: 'always' }],
    [{ FORCE_COLOR: '0' }, { color: 'never' }],
    [{ TERM: 'dumb' }, { color: 'never' }],
    [{ CI: 'true' }, { ci: true }],
  ];
  for (const [variables, read] of cases) {
    it(JSON.stringify(variables), () => {
      const found = readEnvironment(variables);
      for (const [key, value] of Object.entries(read)) assert.equal(Reflect.get(found, key), value, key);
      assert.equal(found.variables, variables);
    });
  }
});

describe('files on the disk', () => {
  it('are read, or it is said why not', () => {
    using folder = temporaryFolder();
    const path = (name: string) => join(folder.path, name);
    writeFileSync(path('a.yaml'), 'a');
    writeFileSync(path('large.yaml'), Buffer.alloc(MAX_FILE_BYTES + 1));
    assert.deepEqual(diskFiles.read(path('a.yaml')), { ok: true, bytes: Buffer.from('a') });
    assert.deepEqual(diskFiles.read(path('large.yaml')), { ok: false, reason: 'too large' });
    assert.deepEqual(diskFiles.read(path('none.yaml')), { ok: false, reason: 'missing' });
    assert.deepEqual(diskFiles.read(path('a.yaml/b.yaml')), { ok: false, reason: 'missing' });
    assert.deepEqual(diskFiles.read(folder.path), { ok: false, reason: 'not a file' });
    assert.deepEqual(diskFiles.read('/dev/zero'), { ok: false, reason: 'not a file' });
    assert.deepEqual(diskFiles.read('a\0b'), { ok: false, reason: 'missing' });
    assert.deepEqual(diskFiles.list(['*.yaml', './a*', '../*/none'], folder.path), [
      path('a.yaml'),
      path('large.yaml'),
    ]);
  });
});
