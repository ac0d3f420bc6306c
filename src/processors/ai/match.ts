/** Which rule or question of the assistant's file a message means. Linear in the text; no pattern of the user's runs. */
import type { AssistantRules } from './rules.ts';

export type Rule = AssistantRules['rules'][number];
export type Faq = AssistantRules['faq'][number];

export interface Matcher {
  /** The first rule that has a phrase of the text or the id of the choice. */
  rule(text: string, choice: string | null): Rule | null;
  /** The question most alike, if it is alike enough. */
  faq(text: string): Faq | null;
}

const MAX_EXAMINED = 2_000;
/** The share of a question's weight that a message must have in common with it. */
const ALIKE = 0.6;

/** Lower case, without accents, in words. */
function wordsOf(text: string): readonly string[] {
  const plain = text.slice(0, MAX_EXAMINED).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

export function matcher(rules: AssistantRules): Matcher {
  const phrases = rules.rules.map(rule => (rule.any ?? []).map(phrase => ` ${wordsOf(phrase).join(' ')} `));
  const questions = rules.faq.flatMap(faq => faq.ask.map(ask => ({ faq, words: new Set(wordsOf(ask)) })));
  const weight = weights(questions.map(question => question.words));

  return {
    rule(text, choice) {
      const line = ` ${wordsOf(text).join(' ')} `;
      return (
        rules.rules.find(
          (rule, index) =>
            (choice !== null && rule.choice?.includes(choice)) ||
            (choice === null && phrases[index]?.some(phrase => line.includes(phrase))),
        ) ?? null
      );
    },
    faq(text) {
      const said = new Set(wordsOf(text));
      let best: { readonly faq: Faq; readonly score: number } | null = null;
      for (const { faq, words } of questions) {
        const total = sum(words, weight);
        const shared = sum(
          [...words].filter(word => said.has(word)),
          weight,
        );
        const score = total === 0 ? 0 : shared / total;
        if (score >= ALIKE && score > (best?.score ?? 0)) best = { faq, score };
      }
      return best?.faq ?? null;
    },
  };
}

/** A word that few questions have tells more than one that many have. */
function weights(questions: readonly ReadonlySet<string>[]): (word: string) => number {
  const counts = new Map<string, number>();
  for (const words of questions) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return word => Math.log(1 + questions.length / (counts.get(word) ?? 1));
}

const sum = (words: Iterable<string>, weight: (word: string) => number): number =>
  [...words].reduce((total, word) => total + weight(word), 0);
