/** Files in the widget: picked, dropped, pasted; refused in words, cancelled, tried again; by keyboard and by ear. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { SAMPLES } from '../../../src/sandbox/samples.ts';
import { describeInBrowser } from '../../support/browser.ts';
import { until } from '../../support/wait.ts';
import { BRING, FAULTS, FOCUSED } from './in-page.ts';
import { begin, box, launcher, log, ofType, type VisitOptions, visit, write } from './visit.ts';

const PNG = { name: 'shoe.png', mimeType: 'image/png', buffer: SAMPLES.image.bytes };
const HTML = { name: 'page.png', mimeType: 'image/png', buffer: Buffer.from('<!doctype html><b>hi</b>') };

const clip = (page: Page): Locator => page.getByRole('button', { name: 'Attach a file' });
const entry = (page: Page, name: string): Locator => page.locator('.message.me', { hasText: name });

/** As by the dialog that the button opens. */
async function pick(page: Page, ...files: (typeof PNG)[]): Promise<void> {
  const asked = page.waitForEvent('filechooser');
  await clip(page).click();
  await (await asked).setFiles(files);
}

/** A file as the mouse or the clipboard brings it; whether the chat took it. */
const bring = (
  page: Page,
  event: 'drop' | 'paste' | 'dragover',
  where: string,
  file = PNG,
): Promise<boolean> => {
  const { name, mimeType: type, buffer } = file;
  return page.evaluate(
    `(${BRING})(${JSON.stringify({ event, where, name, type, base64: buffer.toString('base64') })})`,
  );
};

const limited = (uploads: object): VisitOptions => ({ config: { receive: { uploads: { ...uploads } } } });

describeInBrowser('web chat: files in the widget', browser => {
  it('are picked, brought to the hub, and named in a message', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    await launcher(page).click();
    await pick(page, PNG);
    await entry(page, 'shoe.png').getByText('Delivered').waitFor();
    const { id: _id, context, ...frame } = await hub.frame(ofType('media'));
    const { bytes } = SAMPLES.image;
    const media = { id: '1'.padStart(32, '0'), name: 'shoe.png', type: 'image/png', bytes: bytes.length };
    assert.deepEqual(frame, { type: 'media', media });
    assert.ok(context !== undefined, 'the first message tells where the visitor is');
    assert.deepEqual(hub.hall.kept[0]?.bytes, bytes);
    assert.equal(await page.getByRole('progressbar').count(), 0);
    assert.deepEqual(visited.complaints, []);
  });

  it('are dropped upon the panel, and pasted', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    await begin(visited);
    assert.equal(await bring(page, 'dragover', '.panel'), true);
    assert.equal(await page.locator('.panel.dropping').count(), 1);
    assert.equal(await bring(page, 'drop', '.panel'), true);
    await entry(page, 'shoe.png').getByText('Delivered').waitFor();
    assert.equal(await page.locator('.panel.dropping').count(), 0);
    await bring(page, 'paste', 'textarea', { ...PNG, name: 'pasted.png' });
    await entry(page, 'pasted.png').getByText('Delivered').waitFor();
    assert.deepEqual(
      hub.hall.kept.map(({ name }) => name),
      ['shoe.png', 'pasted.png'],
    );
  });

  it('that are too large or of another type are refused aloud, and not sent', async () => {
    await using visited = await visit(browser(), limited({ max_size: '50kb', types: ['image/*'] }));
    const { page, hub } = visited;
    await begin(visited);
    const large = { ...PNG, name: 'large.png', buffer: Buffer.alloc(50_001) };
    const other = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hi') };
    assert.equal(await page.getByRole('alert').textContent(), '', 'there before it is needed');
    await pick(page, large, other, PNG);
    assert.equal(
      await page.getByRole('alert').textContent(),
      'large.png: The file is too large (≤ 50 kB)\nnotes.txt: Files of this type cannot be sent here',
    );
    await entry(page, 'shoe.png').getByText('Delivered').waitFor();
    assert.equal(hub.hall.kept.length, 1);
    await box(page).fill('x');
    assert.equal(await page.getByRole('alert').textContent(), '');
  });

  it('that the hub refuses for their bytes say so where they stand', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    await begin(visited);
    await pick(page, HTML);
    await entry(page, 'page.png').getByText('Files of this type cannot be sent here').waitFor();
    assert.equal(await page.locator('.message.failed').count(), 1);
    await write(page, 'later');
    await hub.frame(frame => frame.text === 'later');
    assert.equal(hub.hall.frames().filter(ofType('media')).length, 0);
  });

  it('show how far they are, can be cancelled, and sent again', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    await begin(visited);
    const gate = Promise.withResolvers<void>();
    hub.hall.before.keep = () => gate.promise;
    await pick(page, PNG);
    const bar = page.getByRole('progressbar', { name: /^Uploading: shoe\.png/ });
    await bar.waitFor();
    await entry(page, 'shoe.png').getByRole('button', { name: 'Cancel' }).click();
    await entry(page, 'shoe.png').getByText('Cancelled').waitFor();
    assert.equal(await bar.count(), 0);
    gate.resolve();
    hub.hall.before.keep = () => Promise.resolve();
    await entry(page, 'shoe.png').getByRole('button', { name: 'Try again' }).click();
    await entry(page, 'shoe.png').getByText('Delivered').waitFor();
    assert.equal(hub.hall.frames().filter(ofType('media')).length, 1);
  });

  it('are tried again by themselves while the hub cannot keep them', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    await begin(visited);
    let refused = 0;
    hub.hall.before.keep = async () => {
      hub.hall.refusing = ++refused === 1;
    };
    await pick(page, PNG);
    await entry(page, 'shoe.png').getByText('Delivered').waitFor();
    assert.equal(refused, 2);
    assert.equal(hub.hall.kept.length, 1);
  });

  it('that were on their way when the page was left are said to be lost', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    await begin(visited);
    const gate = Promise.withResolvers<void>();
    hub.hall.before.keep = () => gate.promise;
    await pick(page, PNG);
    await page.getByRole('progressbar').waitFor();
    await page.reload();
    await entry(page, 'shoe.png').getByText('Not sent: please choose the file again').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0);
    gate.resolve();
  });

  it('are not offered where the chat takes none', async () => {
    await using visited = await visit(browser(), limited({ types: [] }));
    const { page } = visited;
    await begin(visited);
    assert.equal(await clip(page).count(), 0);
    assert.equal(await bring(page, 'dragover', '.panel'), false);
  });

  it('are reached with the keyboard alone, in the order they are seen', async () => {
    await using visited = await visit(browser());
    const { page } = visited;
    await launcher(page).focus();
    await page.keyboard.press('Enter');
    assert.equal(await box(page).evaluate(node => node.matches(':focus')), true, 'writing comes first');
    await page.keyboard.type('hi');
    const focused = (): Promise<string> => page.evaluate(FOCUSED);
    const asked = page.waitForEvent('filechooser');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Send');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    assert.equal(await focused(), 'Attach a file');
    await page.keyboard.press('Enter');
    await (await asked).setFiles([PNG]);
    await entry(page, 'shoe.png').getByText('Delivered').waitFor();
    assert.equal(await focused(), 'Attach a file', 'who chose a file is where they were');
  });

  it('have names, sizes and roles for everybody', async () => {
    await using visited = await visit(browser(), { browser: { viewport: { width: 360, height: 640 } } });
    const { page, hub } = visited;
    await begin(visited);
    const gate = Promise.withResolvers<void>();
    hub.hall.before.keep = () => gate.promise;
    await pick(page, PNG, { ...PNG, name: 'large.png', buffer: Buffer.alloc(21_000_000) });
    await page.getByRole('progressbar').waitFor();
    await page.getByRole('alert').filter({ hasText: 'large.png' }).waitFor();
    assert.deepEqual(await page.evaluate(FAULTS), []);
    gate.resolve();
    await until(async () => (await page.getByRole('progressbar').count()) === 0, 'the file');
    assert.match(await log(page).ariaSnapshot(), /shoe\.png/);
    assert.deepEqual(await page.evaluate(FAULTS), []);
  });
});
