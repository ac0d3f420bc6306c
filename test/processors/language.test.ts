import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { detectLanguage, KNOWN_LANGUAGES } from '../../src/processors/process/detect-language.ts';

const labelled = JSON.parse(readFileSync(new URL('./languages.json', import.meta.url), 'utf8')) as Record<
  string,
  string[]
>;
const languages = Object.keys(labelled);
const rows = Object.entries(labelled).flatMap(([code, texts]) => texts.map(text => ({ code, text })));
const noisy = (text: string): string => `@shop ${text} 😀😀 https://x.example/a?b=1 #help`;

/** The share of right answers. */
function right(of: readonly { code: string; text: string }[]): number {
  const wrong = of.filter(({ code, text }) => detectLanguage(text, languages, null).code !== code);
  return 1 - wrong.length / of.length;
}

describe('language detection', () => {
  const classes = [
    { name: 'under 20 characters', rows: rows.filter(row => row.text.length < 20), least: 0.9 },
    {
      name: '20 to 44 characters',
      rows: rows.filter(row => row.text.length >= 20 && row.text.length < 45),
      least: 0.95,
    },
    { name: '45 characters and more', rows: rows.filter(row => row.text.length >= 45), least: 0.98 },
    {
      name: 'noise around them',
      rows: rows.map(({ code, text }) => ({ code, text: noisy(text) })),
      least: 0.88,
    },
  ];
  for (const { name, rows: of, least } of classes) {
    it(`is right for at least ${least * 100} % of ${of.length} texts of 18 languages: ${name}`, () => {
      const share = right(of);
      assert.ok(share >= least, `${Math.round(share * 1000) / 10} %`);
    });
  }
  const cases: readonly (readonly [string, string, readonly string[], string | null, string, string])[] = [
    ['one language needs no detection', 'bonjour à tous', ['en'], null, 'en', 'configured'],
    ['two letters keep the conversation’s language', 'ok', ['en', 'es', 'de'], 'es', 'es', 'conversation'],
    ['numbers and emoji say nothing', '4711 👍', ['en', 'es'], 'es', 'es', 'conversation'],
    ['nothing at all is the default', '', ['de', 'en'], null, 'de', 'default'],
    ['a word everybody knows', 'hello', ['en', 'es', 'de', 'fr'], null, 'en', 'words'],
    ['its sister', 'Hola!', ['en', 'es', 'de', 'fr'], 'en', 'es', 'words'],
    ['a word of two languages says nothing', 'hallo', ['en', 'de', 'nl'], 'nl', 'nl', 'conversation'],
    ['a guess that chance would make is none', 'test', ['en', 'es', 'de', 'fr'], null, 'en', 'default'],
    ['a script decides', 'привет', ['en', 'ru'], 'en', 'ru', 'script'],
    [
      'a clear sentence changes the language',
      'Ich möchte meine Bestellung stornieren',
      ['en', 'de'],
      'en',
      'de',
      'franc+tinyld',
    ],
  ];
  for (const [name, text, among, previous, code, detector] of cases) {
    it(name, () => {
      const found = detectLanguage(text, among, previous);
      assert.deepEqual([found.code, found.detector], [code, detector]);
    });
  }
  it('gives a language of the channel and no other, for any text', () => {
    for (const { text } of rows) {
      assert.ok(['en', 'es'].includes(detectLanguage(text, ['en', 'es'], null).code));
    }
  });
  it('knows every language it is tested with', () => {
    assert.deepEqual(
      languages.filter(code => !KNOWN_LANGUAGES.includes(code)),
      [],
    );
  });
});
