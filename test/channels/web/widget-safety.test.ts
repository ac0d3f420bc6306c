import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { describeInBrowser } from '../../support/browser.ts';
import { type BrowserHub, browserHub } from './hub.ts';

/** Eleven ways to run code, in nine places each: what a bot, a visitor or a file name could say. */
const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '"><iframe srcdoc="<script>alert(1)</script>">',
  "'-alert(1)-'",
  '{{constructor.constructor("alert(1)")()}}',
  'javascript:alert(1)',
  'jAvAsCrIpT\t:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '</textarea><style>@import url(https://evil.example)</style>',
  '<a href="javascript:alert(1)">x</a>',
];

interface Visit extends AsyncDisposable {
  readonly hub: BrowserHub;
  readonly page: Page;
  readonly complaints: string[];
}

async function visit(browser: Browser, colorScheme: 'light' | 'dark' = 'light', more = {}): Promise<Visit> {
  const hub = await browserHub({ widget: { title: '<b>Acme</b>', greeting: '<i>Hello</i>', ...more } });
  const context = await browser.newContext({
    locale: 'en',
    colorScheme,
    viewport: { width: 360, height: 640 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('dialog', dialog => {
    complaints.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('pageerror', error => complaints.push(error.message));
  page.on('console', message => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  hub.page(
    '/shop',
    '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>S</title><button>Other</button><script src="/widget.js" data-channel="site-chat" async></script></html>',
    { 'content-security-policy': "default-src 'self'; script-src 'self'; connect-src 'self' ws: wss:" },
  );
  await page.goto(`${hub.url}/shop`);
  return {
    hub,
    page,
    complaints,
    async [Symbol.asyncDispose]() {
      await context.close();
      await hub[Symbol.asyncDispose]();
    },
  };
}

const inShadow = (page: Page, script: string): Promise<unknown> =>
  page.evaluate(`(() => { const root = document.querySelector('patchbay-chat').shadowRoot; ${script} })()`);

async function begin({ page, hub }: Visit, words = 'hello'): Promise<string> {
  await page.getByRole('button', { name: /^Open chat/ }).click();
  await page.getByRole('textbox').fill(words);
  await page.getByRole('textbox').press('Enter');
  return hub.conversation();
}

const log = (page: Page) => page.getByRole('log');

describeInBrowser('web chat: widget, against code in words', browser => {
  it(`shows ${ATTACKS.length * 9} attempts as text`, async () => {
    await using visited = await visit(browser());
    const { page, hub, complaints } = visited;
    const conversation = await begin(visited, ATTACKS.join('\n'));
    for (const attack of ATTACKS) {
      const url = URL.canParse(attack) ? attack : `https://acme.example/${attack}`;
      await hub.say(conversation, { kind: 'text', text: attack });
      await hub.say(conversation, { kind: 'text', text: `[click](${attack}) ![x](${attack}) \`${attack}\`` });
      await hub.say(conversation, { kind: 'text', text: `\`\`\`${attack}\n${attack}\n\`\`\`\n> ${attack}` });
      await hub.say(conversation, {
        kind: 'choices',
        text: attack,
        choices: [{ id: 'x', label: attack, url }],
      });
      await hub.say(conversation, {
        kind: 'card',
        title: attack,
        text: attack,
        choices: [{ id: 'x', label: attack }],
      });
      await hub.say(conversation, {
        kind: 'media',
        media: { type: 'file', name: attack, source: { kind: 'url', url } },
      });
      await hub.say(conversation, {
        kind: 'location',
        latitude: 1,
        longitude: 2,
        label: attack,
        address: attack,
      });
      await hub.say(conversation, {
        kind: 'contacts',
        contacts: [
          { name: attack, phones: [{ number: attack }], emails: [{ address: attack }], urls: [attack] },
        ],
      });
      await hub.say(conversation, {
        kind: 'native',
        platform: 'web',
        body: {
          kind: 'form',
          name: 'f',
          title: attack,
          fields: [{ name: 'a', label: attack, type: 'select', options: [attack] }],
        },
      });
    }
    await hub.say(conversation, { kind: 'text', text: 'the end' });
    await log(page).getByText('the end').waitFor();
    assert.deepEqual(complaints, []);
    const built = await inShadow(
      page,
      `return {
        elements: root.querySelectorAll('script, iframe, style, object, embed, b, i').length,
        handlers: [...root.querySelectorAll('*')].flatMap(node => [...node.attributes]).filter(a => a.name.startsWith('on') || a.name === 'style').length,
        links: [...root.querySelectorAll('a')].map(a => [a.protocol, a.rel, a.target].join(' ')),
      }`,
    );
    const { elements, handlers, links } = built as { elements: number; handlers: number; links: string[] };
    assert.deepEqual({ elements, handlers }, { elements: 0, handlers: 0 });
    assert.ok(links.length > 0);
    for (const link of links) assert.match(link, /^(?:https?|mailto): noopener noreferrer nofollow _blank$/);
  });

  it('follows no address that is not of the web, even from a hub that sends one', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    const runs = ['javascript:alert(1)', 'tel:123', 'file:///etc/passwd'].map(href => ({ text: href, href }));
    hub.hall.feeds.set(conversation, [
      {
        seq: 9,
        delivery: 'forged',
        at: 0,
        wire: { conversation, content: { kind: 'text', blocks: [{ kind: 'paragraph', runs }] } },
      },
    ]);
    hub.cut();
    await log(page).getByText('file:///etc/passwd').waitFor();
    assert.equal(await log(page).getByRole('link').count(), 0);
  });

  it('shows something for a message newer than itself', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    hub.hall.feeds.set(conversation, [
      { seq: 9, delivery: 'x', at: 0, wire: { conversation, content: { kind: 'hologram' } } },
    ]);
    hub.cut();
    await log(page).getByText('This message cannot be shown here.').waitFor();
    await hub.say(conversation, { kind: 'text', text: 'and goes on' });
    await log(page).getByText('and goes on').waitFor();
  });
});

/** In the page: the lowest contrast of any text that is shown, and whose. */
const CONTRAST = `
  const parse = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = node => {
    for (let at = node; at !== null; at = at.parentElement) {
      const [r, g, b, alpha = 1] = parse(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
    throw new Error('no ground');
  };
  let lowest = { ratio: 21, of: '' };
  for (const node of root.querySelectorAll('*')) {
    const words = [...node.childNodes].filter(child => child.nodeType === 3).map(child => child.data.trim()).join('');
    const isShown = node.checkVisibility() && !node.closest('.hidden') && !node.closest(':disabled');
    if ((words === '' && node.localName !== 'svg') || !isShown) continue;
    const [one, other] = [luminance(parse(getComputedStyle(node).color)), luminance(ground(node))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < lowest.ratio) lowest = { ratio, of: node.className + ' ' + words };
  }
  return lowest;`;

describeInBrowser('web chat: widget, for everyone', browser => {
  for (const [scheme, colour] of [
    ['light', '#2563eb'],
    ['dark', '#2563eb'],
    ['light', '#facc15'],
    ['dark', '#777777'],
  ] as const) {
    it(`has enough contrast in ${scheme} with ${colour}`, async () => {
      await using visited = await visit(browser(), scheme, { colour });
      const { page, hub } = visited;
      const conversation = await begin(visited);
      await hub.say(conversation, {
        kind: 'text',
        text: 'Words, [a link](https://acme.example), `code`\n\n> a quote\n\n```\ncode\n```\n\n| a |\n|---|\n| 1 |',
      });
      await hub.say(conversation, {
        kind: 'card',
        title: 'T',
        text: 'x',
        choices: [{ id: 'b', label: 'Buy' }],
      });
      await hub.say(conversation, {
        kind: 'choices',
        text: 'Which?',
        choices: [{ id: 'a', label: 'A', description: 'first' }],
      });
      await hub.say(conversation, { kind: 'choices', text: 'Sure?', choices: [{ id: 'y', label: 'Yes' }] });
      await page.getByRole('button', { name: 'Yes' }).waitFor();
      const { ratio, of } = (await inShadow(page, CONTRAST)) as { ratio: number; of: string };
      assert.ok(ratio >= 4.5, `${ratio.toFixed(2)} for ${of}`);
    });
  }

  it('fits into 360 pixels, covers them when open, and does not move for who wants no motion', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    await hub.say(conversation, {
      kind: 'text',
      text: `${'x'.repeat(300)}\n\n\`\`\`\n${'y '.repeat(200)}\n\`\`\``,
    });
    await hub.say(conversation, { kind: 'typing', active: true });
    await page.getByText('is typing').waitFor({ state: 'attached' });
    const shape = await inShadow(
      page,
      `const panel = root.querySelector('.panel'), scroll = root.querySelector('.scroll');
      const { width, height } = panel.getBoundingClientRect();
      return {
        width, height,
        page: document.documentElement.scrollWidth,
        sideways: scroll.scrollWidth - scroll.clientWidth,
        motion: [panel, root.querySelector('.dot')].map(node => getComputedStyle(node).animationName),
      }`,
    );
    assert.deepEqual(shape, { width: 360, height: 640, page: 360, sideways: 0, motion: ['none', 'none'] });
  });

  it('is worked by keyboard alone', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    await page.getByRole('button', { name: 'Open chat' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    const conversation = await hub.conversation();
    await hub.say(conversation, { kind: 'choices', text: 'Sure?', choices: [{ id: 'y', label: 'Yes' }] });
    await page.getByRole('button', { name: 'Yes' }).waitFor();
    const order: unknown[] = [];
    const focused = () =>
      inShadow(
        page,
        'const at = root.activeElement; return at?.getAttribute("aria-label") ?? at?.className ?? null;',
      );
    for (let n = 0; n < 4; n++) {
      order.unshift(await focused());
      await page.keyboard.press('Shift+Tab');
    }
    order.unshift(await focused());
    assert.deepEqual(order, ['Close chat', 'scroll', 'choice', 'Attach a file', 'Write a message']);
    await page.keyboard.press('Escape');
    assert.equal(await focused(), 'Open chat');
    await page.keyboard.press('Space');
    assert.equal(await focused(), 'Write a message');
  });

  it('is named for who hears it', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    await hub.say(conversation, { kind: 'text', text: 'answer' });
    await log(page).getByText('answer').waitFor();
    assert.equal(await log(page).getAttribute('aria-live'), 'polite');
    await page.getByRole('dialog', { name: '<b>Acme</b>' }).waitFor();
    for (const name of ['Close chat', 'Send']) await page.getByRole('button', { name }).waitFor();
    const heard = (await log(page).textContent()) ?? '';
    assert.match(heard, /<i>Hello<\/i>.*You: hello.*<b>Acme<\/b>: answer/s);
  });
});

describeInBrowser("the hub's page", browser => {
  it('shows the channels and the chat under its own policy', async () => {
    await using visited = await visit(browser());
    const { page, hub, complaints } = visited;
    await page.goto(`${hub.url}/`);
    await page.getByText('/webhooks/support-whatsapp').waitFor();
    await page.getByText('/webhooks/acme-slack').waitFor();
    await page.getByText('To go live set WHATSAPP_ACCESS_TOKEN').waitFor();
    assert.equal(await page.locator('.state.good').count(), 2);
    await page.getByRole('textbox').fill('from the page');
    await page.getByRole('textbox').press('Enter');
    await hub.frame(frame => frame.text === 'from the page');
    assert.equal(await page.getByRole('button', { name: /chat/ }).count(), 0);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);
    assert.deepEqual(complaints, []);
  });
});
