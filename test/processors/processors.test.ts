import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { InboundContent } from '../../src/message/content.ts';
import type { Envelope } from '../../src/message/envelope.ts';
import type { InboundMessage } from '../../src/message/message.ts';
import type { Processor, Step } from '../../src/pipeline/processor.ts';
import { assistant } from '../../src/processors/ai/assistant.ts';
import { AssistantRules } from '../../src/processors/ai/rules.ts';
import { conversation } from '../../src/processors/enrich/conversation.ts';
import { normalizeText, textNormalizer } from '../../src/processors/normalize/text.ts';
import { schema } from '../../src/processors/validate/schema.ts';
import { inboundMessage } from '../support/messages.ts';

const envelope = (message: InboundMessage, over: Partial<Envelope> = {}): Envelope => ({
  id: 'm1',
  receivedAt: 2_000,
  attempt: 1,
  message,
  conversation: { messages: 0, language: null, previousAt: null },
  facts: {},
  replies: [],
  ...over,
});
const run = async (processor: Processor, of: Envelope): Promise<Step> =>
  processor.process(of, new AbortController().signal);
async function passed(processor: Processor, of: Envelope): Promise<Envelope> {
  const step = await run(processor, of);
  assert.equal(step.kind, 'next');
  return (step as Extract<Step, { kind: 'next' }>).envelope;
}

describe('validate/schema', () => {
  it('lets a message of the published form through, unchanged', async () => {
    const of = envelope(inboundMessage());
    assert.deepEqual(await passed(schema, of), of);
  });
  const broken: readonly (readonly [string, unknown, RegExp])[] = [
    ['no id', { id: '' }, /^id:/],
    ['an unknown kind', { content: { kind: 'telepathy' } }, /^content/],
    ['a latitude beyond the pole', { content: { kind: 'location', latitude: 91, longitude: 0 } }, /latitude/],
    ['seconds for milliseconds', { time: 1_750_000_000 }, /^time/],
    ['not a number', { time: Number.NaN }, /^time/],
    ['a key nobody knows', { extra: 'SECRET' }, /unrecognized/],
  ];
  for (const [name, over, reason] of broken) {
    it(`rejects ${name}, without quoting it`, async () => {
      const step = await run(
        schema,
        envelope({ ...inboundMessage(), ...(over as object) } as InboundMessage),
      );
      assert.equal(step.kind, 'reject');
      const told = (step as Extract<Step, { kind: 'reject' }>).reason;
      assert.match(told, reason);
      assert.doesNotMatch(told, /SECRET/);
    });
  }
});

describe('normalize/text', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['decomposed letters are composed', 'e\u0301', 'é'],
    ['a lone surrogate is replaced', 'a\ud800b', 'a\ufffdb'],
    ['NUL and controls go', 'a\u0000b\u001bc\u0085d', 'abcd'],
    ['line ends are one kind', 'a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
    ['blank lines are at most one', 'a\n\n\n\nb', 'a\n\nb'],
    ['edges are bare', ' \n a \t ', 'a'],
    ['a family stays together', '👩‍👩‍👧‍👦', '👩‍👩‍👧‍👦'],
    ['writing direction stays', '\u202eabc\u202c', '\u202eabc\u202c'],
    ['tabs stay', 'a\tb', 'a\tb'],
  ];
  for (const [name, from, to] of cases) {
    it(name, () => {
      assert.equal(normalizeText(from), to);
      assert.equal(normalizeText(to), to, 'once more changes nothing');
    });
  }
  it('cuts to the limit, without half a character, and says so', async () => {
    const of = envelope(inboundMessage({ text: `${'x'.repeat(9)}😀` }));
    const got = await passed(textNormalizer({ maxLength: 10 }), of);
    assert.deepEqual(got.facts.text, { changed: true, truncated: true });
    assert.equal(got.message.content.kind === 'text' && got.message.content.text.isWellFormed(), true);
  });
  it('reaches captions, labels and edits, and leaves the original envelope alone', async () => {
    const contents: readonly InboundContent[] = [
      { kind: 'media', media: { type: 'image', source: { kind: 'url', url: 'x' } }, caption: ' a ' },
      { kind: 'choice', from: 'button', id: 'x', label: ' a ' },
      { kind: 'edit', target: 't', text: ' a ' },
    ];
    for (const content of contents) {
      const of = Object.freeze(envelope(Object.freeze(inboundMessage({ content: Object.freeze(content) }))));
      const got = await passed(textNormalizer({ maxLength: 10 }), of);
      assert.match(JSON.stringify(got.message.content), /"a"/);
    }
  });
});

describe('enrich/conversation', () => {
  it('tells the first message from later ones', async () => {
    const first = await passed(conversation, envelope(inboundMessage()));
    assert.deepEqual(first.facts.conversation, { first: true, messages: 0, idleMs: null });
    const known = { messages: 3, language: null, previousAt: 500 };
    const later = await passed(conversation, envelope(inboundMessage(), { conversation: known }));
    assert.deepEqual(later.facts.conversation, { first: false, messages: 3, idleMs: 1500 });
  });
});

describe('ai/assistant, with the file we ship', () => {
  const file = parse(readFileSync(new URL('../../config/assistant.yaml', import.meta.url), 'utf8'));
  const rules = AssistantRules.parse(file);
  const helper = assistant(rules, () => 'reply-1');
  const language = (code: string) => ({ facts: { language: { code, confidence: 1, detector: 'test' } } });
  const answers: readonly (readonly [string, string, string, RegExp, string | null])[] = [
    ['an order number', 'Where is my order 4711?', 'en', /^Order 4711 is packed/, 'order status'],
    ['an order without its number', 'where is my order?', 'en', /send its number/, 'order status'],
    ['Spanish', '¿Dónde está mi pedido 4711?', 'es', /^El pedido 4711/, 'order status'],
    ['a language the file lacks', 'mijn order 4711', 'nl', /^Order 4711/, 'order status'],
    ['accents do not matter', 'buenos dias', 'es', /^¡Hola!/, 'greeting'],
    ['a question put otherwise', 'Hey you, do you ship to other countries too?', 'en', /^Hello!/, 'greeting'],
    [
      'a question of the FAQ',
      'do you ship to all other countries?',
      'en',
      /European Union/,
      'faq: Do you deliver abroad?',
    ],
    ['part of a word is no match', 'disorderly', 'en', /^I do not know that/, null],
    ['nothing known', 'Who won the match?', 'en', /^I do not know that/, null],
  ];
  for (const [name, text, code, reply, rule] of answers) {
    it(`answers ${name}`, async () => {
      const got = await passed(helper, envelope(inboundMessage({ text }), language(code)));
      const [first] = got.replies;
      assert.ok(first);
      assert.equal(first.cause, 'm1');
      assert.deepEqual(first.address, got.message.address);
      assert.match('text' in first.content ? (first.content.text ?? '') : '', reply);
      assert.equal(got.facts.answer?.rule, rule);
    });
  }
  it('offers choices and understands the one picked', async () => {
    const greeted = await passed(helper, envelope(inboundMessage({ text: 'hello' })));
    const offered = greeted.replies[0]?.content;
    assert.equal(offered?.kind, 'choices');
    const [choice] = offered?.kind === 'choices' ? offered.choices : [];
    assert.ok(choice);
    const content: InboundContent = { kind: 'choice', from: 'button', id: choice.id, label: choice.label };
    const picked = await passed(helper, envelope(inboundMessage({ content })));
    assert.equal(picked.facts.answer?.rule, 'order chosen');
  });
  it('says what it cannot read', async () => {
    const content: InboundContent = {
      kind: 'media',
      media: { type: 'voice', source: { kind: 'url', url: 'x' } },
    };
    const got = await passed(helper, envelope(inboundMessage({ content })));
    assert.match(JSON.stringify(got.replies), /I got your voice, but I can only read text/);
  });
  it('answers neither bots nor reactions', async () => {
    const bot = inboundMessage({ sender: { id: 'b', kind: 'bot' } });
    const reaction = inboundMessage({
      content: { kind: 'reaction', emoji: '👍', target: 'x', removed: false },
    });
    for (const message of [bot, reaction])
      assert.deepEqual((await passed(helper, envelope(message))).replies, []);
  });
});
