/** Answers by rules and a small FAQ, without any key, and says plainly what it cannot do. */
import type { Choice, InboundContent, OutboundContent } from '../../message/content.ts';
import type { Envelope } from '../../message/envelope.ts';
import { next, type Processor } from '../../pipeline/processor.ts';
import { textOf } from '../normalize/text.ts';
import { type Matcher, matcher, type Rule } from './match.ts';
import type { AssistantRules, Texts } from './rules.ts';

interface Answer {
  readonly rule: string | null;
  readonly say: Texts;
  readonly values: Readonly<Record<string, string>>;
  readonly offer: AssistantRules['fallback']['offer'];
}

/** `newId` makes the ids of replies. */
export function assistant(rules: AssistantRules, newId: () => string): Processor {
  const matches = matcher(rules);
  return {
    name: 'assistant',
    process(envelope) {
      // Bots are not answered: two of them would never stop.
      const { content, sender, address } = envelope.message;
      const found =
        sender.kind === 'person' && awaitsAnswer(content) ? answer(content, matches, rules) : null;
      if (found === null) return next(envelope);
      const said = contentOf(found, envelope.facts.language?.code ?? 'en');
      return next({
        ...envelope,
        replies: [...envelope.replies, { id: newId(), address, content: said, cause: envelope.id }],
        facts: { ...envelope.facts, answer: { by: rules.name, rule: found.rule } },
      } satisfies Envelope);
    },
  };
}

function answer(content: InboundContent, matches: Matcher, rules: AssistantRules): Answer {
  const text = textOf(content) ?? '';
  const rule = matches.rule(text, content.kind === 'choice' ? content.id : null);
  if (rule !== null) return answerByRule(rule, text);
  const faq = text === '' ? null : matches.faq(text);
  if (faq !== null) return { rule: `faq: ${faq.ask[0]}`, say: faq.say, values: {}, offer: undefined };
  const { say, unreadable, offer } = rules.fallback;
  return { rule: null, say: text === '' ? unreadable : say, values: { kind: nameOf(content) }, offer };
}

function answerByRule(rule: Rule, text: string): Answer {
  const { name, offer } = rule;
  if (rule.find === undefined) return { rule: name, say: rule.say, values: {}, offer };
  const number = /\p{Nd}{2,20}/u.exec(text)?.[0];
  if (number === undefined)
    return { rule: name, say: rule.otherwise ?? rule.say, values: { number: '' }, offer };
  return { rule: name, say: rule.say, values: { number }, offer };
}

/** A reaction, a typing notice or a member who left expects no words from us. */
function awaitsAnswer(content: InboundContent): boolean {
  switch (content.kind) {
    case 'reaction':
    case 'deletion':
    case 'edit':
    case 'typing':
    case 'membership':
    case 'system':
      return false;
    default:
      return true;
  }
}

const nameOf = (content: InboundContent): string => {
  if (content.kind === 'media') return content.media.type;
  return content.kind === 'unsupported' ? 'message' : content.kind;
};

function contentOf(answer: Answer, code: string): OutboundContent {
  const text = fill(pick(answer.say, code), answer.values);
  if (answer.offer === undefined || answer.offer.length === 0) return { kind: 'text', text };
  const choices = answer.offer.map(({ id, label }): Choice => ({ id, label: pick(label, code) }));
  return { kind: 'choices', text, choices };
}

function pick(texts: Texts, code: string): string {
  if (typeof texts === 'string') return texts;
  return texts[code] ?? Object.values(texts)[0] ?? '';
}

/** Only values the assistant itself found are filled in: digits, and names of kinds. */
const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
