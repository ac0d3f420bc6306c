/** A visit of a page with the widget, in a real browser, and what a visitor does there. */
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { JsonObject } from '../../../src/message/json.ts';
import { type BrowserHub, browserHub } from './hub.ts';

/** What the widget promises to work under. */
const POLICY = "default-src 'self'; script-src 'self'; connect-src 'self' ws: wss:";
export const TAG = '<script src="/widget.js" data-channel="site-chat" async></script>';
const shop = (tag = TAG, lang = 'en') =>
  `<!doctype html><html lang="${lang}"><meta name="viewport" content="width=device-width"><title>Shop</title><body><a href="#">A link</a>${tag}</body></html>`;

export interface Visit extends AsyncDisposable {
  readonly hub: BrowserHub;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Anything that should never be: violated policies, errors, dialogs. */
  readonly complaints: string[];
}

export interface VisitOptions {
  readonly config?: JsonObject;
  readonly tag?: string;
  readonly lang?: string;
  readonly path?: string;
  readonly browser?: BrowserContextOptions;
}

export async function visit(browser: Browser, options: VisitOptions = {}): Promise<Visit> {
  const hub = await browserHub(options.config);
  hub.page('/shop', shop(options.tag, options.lang), { 'content-security-policy': POLICY });
  const context = await browser.newContext({ locale: 'en', ...options.browser });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('pageerror', error => complaints.push(error.message));
  page.on('dialog', dialog => {
    complaints.push(dialog.type());
    void dialog.dismiss();
  });
  page.on('console', message => {
    if (/Content Security Policy|blocked/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto(hub.url + (options.path ?? '/shop'));
  return {
    hub,
    page,
    context,
    complaints,
    async [Symbol.asyncDispose]() {
      await context.close();
      await hub[Symbol.asyncDispose]();
    },
  };
}

export const box = (page: Page) => page.getByRole('textbox', { name: 'Write a message' });
export const launcher = (page: Page) => page.getByRole('button', { name: /^Open chat/ });
export const log = (page: Page) => page.getByRole('log');
export const ofType = (type: string) => (frame: JsonObject) => frame.type === type;

export async function write(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await box(page).press('Enter');
}

/** Opens the chat and says a word, so that there is a conversation to answer in. */
export async function begin({ page, hub }: Visit): Promise<string> {
  await launcher(page).click();
  await write(page, 'hello');
  await page.getByText('Delivered').waitFor();
  return hub.conversation();
}

export const text = (words: string) => ({ kind: 'text', text: words }) as const;
/** Shown exactly so often, once something that came later is shown. */
export async function assertShown(page: Page, words: string, times: number): Promise<void> {
  assert.equal(await log(page).getByText(words, { exact: true }).count(), times);
}
