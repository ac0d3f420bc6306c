/** Teams' HTML and plain text in our words. */
import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/message/json.ts';
import { APP_ID, activity, parse } from './support.ts';

const html = (content: string) => ({ contentType: 'text/html', content });
const mention = (id: string, name: string, text = `<at>${name}</at>`) => ({
  type: 'mention',
  mentioned: { id, name },
  text,
});
const US = mention(`28:${APP_ID}`, 'Helpdesk');
const ADA = mention('29:1ada', 'Ada Example');

function textOf(more: JsonObject): string {
  const [event] = parse(activity(more));
  assert.ok(event?.kind === 'message');
  const { content } = event.message;
  assert.ok(content.kind === 'text', content.kind);
  return content.text;
}

const ofHtml = (content: string, more: JsonObject = {}): string =>
  textOf({ text: 'plain', attachments: [html(content)], ...more });

const HTML: readonly (readonly [name: string, html: string, markdown: string])[] = [
  ['a paragraph', '<p>hello</p>', 'hello'],
  ['two paragraphs', '<p>one</p>\n<p>two</p>', 'one\n\ntwo'],
  ['lines', '<div>one<br>two<br/>three</div>', 'one\ntwo\nthree'],
  ['empty paragraphs', '<p>one</p><p>&nbsp;</p><p>two</p>', 'one\n\ntwo'],
  [
    'formatting',
    '<b>a</b> <strong>b</strong> <i>c</i> <em>d</em> <s>e</s> <u>f</u>',
    '**a** **b** *c* *d* ~~e~~ f',
  ],
  ['blanks inside formatting', 'so<strong> much </strong>better', 'so **much** better'],
  ['formatting over lines', '<b>one<br>two</b>', '**one**\n**two**'],
  ['nested formatting', '<b>very <i>much</i></b>', '**very *much***'],
  ['formatting of nothing', '<b></b><i> </i>x', 'x'],
  ['code', 'run <code>npm test</code>', 'run `npm test`'],
  ['a code block', '<pre><code>a\n  b &lt; c\n</code></pre>', '```\na\n  b < c\n```'],
  [
    'a block of code from Teams',
    '<codeblock class="Js"><code>let a;<br>let b;</code></codeblock>',
    '```\nlet a;\nlet b;\n```',
  ],
  ['a list', '<ul><li>one</li><li>two</li></ul>', '- one\n- two'],
  ['a numbered list', '<ol><li>one</li><li>two</li></ol>', '1. one\n2. two'],
  ['a list in a list', '<ul><li>one<ul><li>two</li></ul></li></ul>', '- one\n  - two'],
  ['a list of paragraphs', '<ul><li><p>one</p></li><li><p>two</p></li></ul>', '- one\n- two'],
  ['a quotation', '<blockquote><p>one</p><p>two</p></blockquote>after', '> one\n>\n> two\n\nafter'],
  ['a heading', '<h2>Title</h2>text', '## Title\n\ntext'],
  ['a rule', 'a<hr>b', 'a\n\n---\n\nb'],
  ['a table', '<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>', 'a | b\n1 | 2'],
  ['a link', '<a href="https://a.example/b?c=d&amp;e=f">here</a>', '[here](https://a.example/b?c=d&e=f)'],
  ['a link that says its address', '<a href="https://a.example/">https://a.example</a>', 'https://a.example'],
  ['a link with blanks', '<a href="https://a.example/(b c)">x</a>', '[x](<https://a.example/(b c)>)'],
  ['a mail address', '<a href="mailto:a@b.example">a@b.example</a>', 'a@b.example'],
  ['a link that is a script', '<a href="javascript:alert(1)">here</a>', 'here'],
  [
    'entities',
    '&amp;lt; &lt;b&gt; &quot;x&quot; &#39;y&#39; &#x1F600; &#128512; &unknown; &nbsp;z',
    `&lt; <b> "x" 'y' 😀 😀 &unknown; z`,
  ],
  ['numbers that are no characters', '&#0; &#1114112; &#xFFFFFF;', '&#0; &#1114112; &#xFFFFFF;'],
  ['scripts, styles and comments', '<style>b{}</style><script>alert("x")</script>a<!-- c -->b', 'ab'],
  ['a comment that never ends', 'a<!-- b', 'a'],
  ['events', '<img src=x onerror=alert(1)>a<svg/onload=alert(1)>b', 'a<svg/onload=alert(1)>b'],
  ['an emoji as a picture', '<img itemtype="http://schema.skype.com/Emoji" alt="🎉"> done', '🎉 done'],
  ['an emoji as an element', '<emoji id="party" alt="🎉" title="Party"></emoji> done', '🎉 done'],
  ['a bracket that is none', 'a < b and c > d', 'a < b and c > d'],
  ['an element that never ends', '<b>bold', '**bold**'],
  ['ends without a beginning', '</p></b>text</div>', 'text'],
  ['elements closed in the wrong order', '<b>one <i>two</b> three</i>', '**one *two*** three'],
  ['elements nobody knows', '<blink>hello</blink>', 'hello'],
];

describe('teams: text', () => {
  for (const [name, source, expected] of HTML) {
    it(`HTML: ${name}`, () => assert.equal(ofHtml(source), expected));
  }

  it('is the plain one where there is no HTML, or none in it', () => {
    assert.equal(textOf({ text: 'a &lt; b' }), 'a < b');
    assert.equal(textOf({ text: 'a', attachments: [html(' ')] }), 'a');
    assert.equal(textOf({ text: 'a', attachments: [{ contentType: 'text/html', content: 7 }] }), 'a');
  });

  it('leaves out our own name, wherever it stands, and says the others', () => {
    const text = '<at>Helpdesk</at> ask <at>Ada Example</at> please <at>Helpdesk</at>';
    assert.equal(textOf({ text, entities: [US, ADA, US] }), 'ask @Ada Example please');
  });

  it('counts mentions in HTML by their number', () => {
    const span = (n: number, name: string): string =>
      `<span itemscope itemtype="http://schema.skype.com/Mention" itemid="${n}">${name}</span>`;
    const content = `${span(1, 'Ada')} and ${span(0, 'Helpdesk')} and <at id="1">Ada</at>`;
    assert.equal(ofHtml(content, { entities: [US, ADA] }), '@Ada Example and and @Ada Example');
  });

  it('keeps what looks like a mention and is none', () => {
    assert.equal(textOf({ text: '<at>Nobody</at> hi' }), '@Nobody hi');
  });

  it('says who was called where nothing else was said', () => {
    assert.equal(textOf({ text: '<at>Helpdesk</at>', entities: [US] }), '@Helpdesk');
    assert.equal(textOf({ text: '' }), '');
  });

  it('takes hostile HTML in its stride', () => {
    const many = 20_000;
    for (const content of [
      '<b>'.repeat(many),
      '<'.repeat(many * 10),
      `<a ${'x '.repeat(many)}>y</a>`,
      `<p ${'a="'.repeat(many)}>y`,
      '&'.repeat(many * 10),
      '<ul><li>'.repeat(many / 4),
      `${'<blockquote>'.repeat(60)}x`,
      `<at>${'n'.repeat(many)}</at>`,
      ' \n'.repeat(many * 5),
      `<!--${'-'.repeat(many)}`,
      // Each link would escape the one inside again.
      '<a href="https://a.example">['.repeat(many / 4),
      `<pre>${' '.repeat(many * 10)}x`,
    ])
      assert.equal(typeof ofHtml(content), 'string');
  });
});
