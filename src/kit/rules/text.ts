/** What people read: nothing lost, nothing torn, nothing that pings or hides a link. */
import assert from 'node:assert/strict';
import type { OutboundContent } from '../../message/content.ts';
import { openChannel, stringsIn } from '../bench.ts';
import { needing, type Rule, rulesOf } from '../rule.ts';
import { outbound } from '../samples.ts';
import type { Subject } from '../subject.ts';

/** The texts of what a content becomes, one for each wire message. */
function read(subject: Subject, content: OutboundContent): readonly string[] {
  const { wires } = openChannel(subject).render(outbound(subject, content));
  return wires.map(wire => subject.read(wire));
}

/** A rule that short texts arrive letter by letter. */
const keeps = (texts: Readonly<Record<string, string>>) => (subject: Subject) => {
  for (const [name, text] of Object.entries(texts)) {
    const shown = read(subject, { kind: 'text', text }).join('\n');
    assert.ok(shown.includes(text), `${name} was changed: ${JSON.stringify(shown)}`);
  }
};

const maxOf = (subject: Subject): number => subject.definition.capabilities.text.max;

function assertFits(subject: Subject, parts: readonly string[]): void {
  assert.ok(parts.length > 1, 'a text longer than the limit was not split');
  const longest = Math.max(...parts.map(part => part.length));
  assert.ok(longest <= maxOf(subject), `a part has ${longest} characters, the limit is ${maxOf(subject)}`);
}

const numbered = (count: number, what: string): readonly string[] =>
  Array.from({ length: count }, (_each, index) => `${what}${index}`);

const FAMILY = '👨‍👩‍👧‍👦';

export const textRules: readonly Rule[] = rulesOf('text', {
  'right-to-left': keeps({
    Arabic: 'أين طلبي رقم 4711؟',
    Hebrew: 'איפה ההזמנה שלי?',
    mixed: 'Order 4711 הגיעה today',
    marks: '\u200fשלום\u200e ok',
  }),
  emoji: keeps({
    family: `We are ${FAMILY} here`,
    flag: 'from 🇧🇷 to 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
    skin: 'thanks 👍🏽',
    keycap: 'press 1️⃣ now',
  }),
  'zero-width': keeps({
    joiner: 'क्\u200dष and می\u200cخواهم',
    space: 'a\u200bb',
    combining: 'Z\u0351\u036ba\u0324l\u0358go e\u0301',
  }),
  'other-scripts': keeps({
    Chinese: '我的订单在哪里？',
    Thai: 'คำสั่งซื้อของฉันอยู่ที่ไหน',
    astral: '𝒜𝓃 𠮷 order',
  }),
  'format-strings-are-words': keeps({ braces: 'Hello {{7}} and {name} %n %s $1' }),
  'long-words-all-there': subject => {
    const words = numbered(maxOf(subject) / 2, 'w');
    const parts = read(subject, { kind: 'text', text: words.join(' ') });
    assertFits(subject, parts);
    assert.deepEqual(parts.join(' ').match(/w\d+/g), words, 'words were lost, doubled or torn');
  },
  'long-paragraphs-all-there': subject => {
    const lines = numbered(maxOf(subject) / 8, 'Paragraph number ');
    const parts = read(subject, { kind: 'text', text: lines.join('\n\n') });
    assertFits(subject, parts);
    assert.deepEqual(parts.join('\n').match(/Paragraph number \d+/g), lines, 'paragraphs were lost or torn');
  },
  'long-code-all-there': subject => {
    const lines = numbered(maxOf(subject) / 6, 'line();//');
    const parts = read(subject, { kind: 'text', text: `\`\`\`\n${lines.join('\n')}\n\`\`\`` });
    assertFits(subject, parts);
    assert.deepEqual(parts.join('\n').match(/line\(\);\/\/\d+/g), lines, 'lines of code were lost or torn');
  },
  'long-emoji-not-torn': subject => {
    const count = Math.ceil((maxOf(subject) * 2.5) / FAMILY.length);
    const parts = read(subject, { kind: 'text', text: FAMILY.repeat(count) });
    assertFits(subject, parts);
    const whole = parts.map(part => part.replace(/\s/g, ''));
    assert.ok(
      whole.every(part => part.replaceAll(FAMILY, '') === ''),
      'a part begins or ends within an emoji',
    );
    assert.equal(whole.join('').length, count * FAMILY.length, 'emoji were lost');
  },
  'long-without-spaces-all-there': subject => {
    const text = 'x'.repeat(Math.ceil(maxOf(subject) * 2.5));
    const parts = read(subject, { kind: 'text', text });
    assertFits(subject, parts);
    assert.equal(parts.join('').replace(/[^x]/g, ''), text, 'letters were lost');
  },
  injection: needing(
    subject => subject.injections,
    (injections, subject) => {
      for (const { text, live } of injections)
        for (const content of saying(text)) {
          const { wires } = openChannel(subject).render(outbound(subject, content));
          const found = stringsIn(wires).find(string => string.includes(live));
          assert.equal(found, undefined, `${content.kind} lets ${JSON.stringify(live)} through`);
        }
    },
  ),
});

/** The words of a person, repeated by a bot in every place that is written as text. */
const saying = (text: string): readonly OutboundContent[] => [
  { kind: 'text', text },
  { kind: 'text', text: `You said: ${text}` },
  { kind: 'text', text: `> ${text}` },
  { kind: 'text', text: `**${text}**` },
  { kind: 'choices', text, choices: [{ id: 'a', label: 'Yes' }] },
  { kind: 'card', title: 'Echo', text, choices: [] },
  {
    kind: 'media',
    media: { type: 'image', source: { kind: 'url', url: 'https://files.example/a.png' } },
    caption: text,
  },
];
