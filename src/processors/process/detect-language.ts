/**
 * Which of a channel's languages a text is in. Chat messages are short, where franc alone is often wrong: the
 * script decides first, then the few words everybody knows; long text is franc's; on short text tinyld has a say
 * as well; and a few letters say nothing, so the conversation keeps the language it had.
 */
import { francAll } from 'franc';
import { detectAll } from 'tinyld';
import { shortWordsLanguages } from './short-words.ts';

export interface Detection {
  readonly code: string;
  /** 0 to 1. */
  readonly confidence: number;
  readonly detector:
    | 'configured'
    | 'script'
    | 'words'
    | 'franc'
    | 'franc+tinyld'
    | 'conversation'
    | 'default';
}

/** ISO 639-1, as in channel files, to franc's ISO 639-3. */
const ISO_639_3: Readonly<Record<string, string>> = {
  ar: 'arb',
  bg: 'bul',
  bn: 'ben',
  cs: 'ces',
  da: 'dan',
  de: 'deu',
  el: 'ell',
  en: 'eng',
  es: 'spa',
  fa: 'pes',
  fi: 'fin',
  fr: 'fra',
  he: 'heb',
  hi: 'hin',
  hu: 'hun',
  id: 'ind',
  it: 'ita',
  ja: 'jpn',
  ko: 'kor',
  nl: 'nld',
  no: 'nob',
  pl: 'pol',
  pt: 'por',
  ro: 'ron',
  ru: 'rus',
  sv: 'swe',
  ta: 'tam',
  th: 'tha',
  tr: 'tur',
  uk: 'ukr',
  ur: 'urd',
  vi: 'vie',
  zh: 'cmn',
};

export const KNOWN_LANGUAGES: readonly string[] = Object.keys(ISO_639_3);

/** Scripts that few of our languages share; the first language of the channel that uses it is meant. */
const SCRIPTS: readonly { readonly test: RegExp; readonly languages: readonly string[] }[] = [
  { test: /\p{Script=Hangul}/u, languages: ['ko'] },
  { test: /[\p{Script=Hiragana}\p{Script=Katakana}]/u, languages: ['ja'] },
  { test: /\p{Script=Han}/u, languages: ['zh', 'ja'] },
  { test: /\p{Script=Thai}/u, languages: ['th'] },
  { test: /\p{Script=Tamil}/u, languages: ['ta'] },
  { test: /\p{Script=Bengali}/u, languages: ['bn'] },
  { test: /\p{Script=Devanagari}/u, languages: ['hi'] },
  { test: /\p{Script=Hebrew}/u, languages: ['he'] },
  { test: /\p{Script=Greek}/u, languages: ['el'] },
  { test: /\p{Script=Arabic}/u, languages: ['ar', 'fa', 'ur'] },
  { test: /\p{Script=Cyrillic}/u, languages: ['ru', 'uk', 'bg'] },
];

/** From here on franc is certain enough alone, and tinyld would cost more than it tells. */
const LONG = 120;
const TOO_SHORT = 10;
const MAX_EXAMINED = 600;
/** A lead over the second language below which a short text does not change the conversation's language. */
const CLEAR_LEAD = 0.25;
/** A score that chance gives as well. */
const NOTHING_SAID = 0.15;

/** `languages` are the channel's, the first is its default; `previous` is what the conversation had. */
export function detectLanguage(
  text: string,
  languages: readonly string[],
  previous: string | null,
): Detection {
  const [fallback = 'en'] = languages;
  if (languages.length <= 1) return { code: fallback, confidence: 1, detector: 'configured' };
  const words = wordsOf(text);
  const byScript = scriptLanguage(words, languages);
  if (byScript !== null) return byScript;
  const letters = words.replace(/\P{L}/gu, '').length;
  if (letters === 0) return kept(previous, fallback);
  const [byWords, another] = shortWordsLanguages(words, languages);
  if (byWords !== undefined)
    return another === undefined || previous === null
      ? { code: byWords, confidence: another === undefined ? 0.9 : 0.5, detector: 'words' }
      : kept(previous, fallback);
  const scores = words.length >= LONG ? francScores(words, languages) : bothScores(words, languages);
  const [best, second] = scores;
  if (best === undefined || best.score < NOTHING_SAID) return kept(previous, fallback);
  const lead = best.score - (second?.score ?? 0);
  if (letters < TOO_SHORT && previous !== null && best.code !== previous && lead < CLEAR_LEAD)
    return kept(previous, fallback);
  return {
    code: best.code,
    confidence: Math.round(Math.min(1, best.score) * 100) / 100,
    detector: words.length >= LONG ? 'franc' : 'franc+tinyld',
  };
}

const kept = (previous: string | null, fallback: string): Detection =>
  previous === null
    ? { code: fallback, confidence: 0, detector: 'default' }
    : { code: previous, confidence: 0.5, detector: 'conversation' };

/** Without addresses, mentions, numbers and emoji, which have no language. */
const wordsOf = (text: string): string =>
  text
    .slice(0, MAX_EXAMINED)
    .replace(/https?:\/\/\S+|www\.\S+|\S+@\S+|[@#]\S+|\p{N}+|\p{Extended_Pictographic}/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();

function scriptLanguage(words: string, languages: readonly string[]): Detection | null {
  for (const { test, languages: users } of SCRIPTS) {
    if (!test.test(words)) continue;
    const possible = users.filter(code => languages.includes(code));
    // Two languages of the channel share the script: the detectors decide.
    if (possible.length === 1 && possible[0] !== undefined)
      return { code: possible[0], confidence: 1, detector: 'script' };
    return null;
  }
  return null;
}

interface Score {
  readonly code: string;
  readonly score: number;
}

function francScores(words: string, languages: readonly string[]): readonly Score[] {
  const only = languages.flatMap(code => ISO_639_3[code] ?? []);
  const codes = new Map(languages.map(code => [ISO_639_3[code], code]));
  return francAll(words, { only, minLength: 1 }).flatMap(([code3, score]) => {
    const code = codes.get(code3);
    return code === undefined ? [] : [{ code, score }];
  });
}

/** franc's opinion counts the more the longer the text is, up to as much as tinyld's. */
function bothScores(words: string, languages: readonly string[]): readonly Score[] {
  const weight = Math.min(1, words.length / 60);
  const franc = new Map(francScores(words, languages).map(({ code, score }) => [code, score ** 2 * weight]));
  const tiny = detectAll(words, { only: [...languages] });
  const total = tiny.reduce((sum, { accuracy }) => sum + accuracy, 0) || 1;
  const tinyScores = new Map(tiny.map(({ lang, accuracy }) => [lang, accuracy / total]));
  return languages
    .map(code => ({ code, score: ((franc.get(code) ?? 0) + (tinyScores.get(code) ?? 0)) / (1 + weight) }))
    .sort((one, other) => other.score - one.score);
}
