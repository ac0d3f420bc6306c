import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../../support/browser.ts';
import { said } from './support.ts';
import { assertShown, begin, log, ofType, text, visit, write } from './visit.ts';

describeInBrowser('web chat: widget, when the line breaks', browser => {
  it('comes back and shows what was missed, once', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    await hub.say(conversation, text('one'));
    await log(page).getByText('one').waitFor();
    await hub.stop();
    await page.getByText('No connection').waitFor();
    await hub.say(conversation, text('two'));
    await hub.say(conversation, text('three'));
    await hub.resume();
    await log(page).getByText('three').waitFor();
    await hub.say(conversation, text('four'));
    await log(page).getByText('four').waitFor();
    for (const words of ['one', 'two', 'three', 'four']) await assertShown(page, words, 1);
  });

  it('shows a delivery that is sent twice once', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    await hub.say(conversation, text('one'));
    await hub.sayAgain();
    await hub.say(conversation, text('two'));
    await log(page).getByText('two').waitFor();
    await assertShown(page, 'one', 1);
  });

  it('keeps what is written meanwhile and sends it in order, once', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    await begin(visited);
    await hub.stop();
    await page.getByText('No connection').waitFor();
    for (const words of ['a', 'b', 'c']) await write(page, words);
    await log(page).getByText('Sending').last().waitFor();
    await hub.resume();
    await hub.frame(frame => frame.text === 'c');
    await log(page).getByText('Delivered').last().waitFor();
    const texts = hub.hall.frames().filter(ofType('text'));
    assert.deepEqual(
      texts.map(frame => frame.text),
      ['hello', 'a', 'b', 'c'],
    );
  });

  it('sends what was not acknowledged again with the same id, also on the next page', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    // Stored, but the answer never leaves: the visitor goes to another page first.
    const stored = Promise.withResolvers<void>();
    hub.hall.before.accept = async () => {
      stored.resolve();
      await new Promise(() => undefined);
    };
    await write(page, 'again');
    await stored.promise;
    hub.hall.before.accept = () => Promise.resolve();
    const [kept] = await unsent(page);
    await page.reload();
    await page.getByText('hello').waitFor();
    const frame = await hub.frame(sent => sent.text === 'again');
    assert.equal(frame.id, kept);
    await log(page).getByText('Delivered').last().waitFor();
    assert.equal(
      JSON.parse(Buffer.from(hub.hall.accepted.at(-1)?.body ?? '').toString()).conversation,
      conversation,
    );
  });

  it('shows the same conversation on the next page, without a gap or a double', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    await hub.say(conversation, text('one'));
    await log(page).getByText('one').waitFor();
    await page.goto('about:blank');
    await hub.say(conversation, text('two'));
    await page.goto(`${hub.url}/shop`);
    await log(page).getByText('two').waitFor();
    for (const words of ['hello', 'one', 'two']) await assertShown(page, words, 1);
  });

  it('takes the other way where no socket gets through', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    hub.sockets.allowed = false;
    const conversation = await begin(visited);
    assert.ok(hub.sockets.refused >= 2);
    await hub.say(conversation, text('by stream'));
    await log(page).getByText('by stream').waitFor();
    hub.cut();
    await page.getByText('No connection').waitFor();
    await hub.say(conversation, text('missed'));
    await log(page).getByText('missed').waitFor();
    await assertShown(page, 'by stream', 1);
  });

  it('says what the hub refused, and tries again when asked', async () => {
    await using visited = await visit(browser(), { config: { receive: { limits: { max_text: 10 } } } });
    const { page, hub } = visited;
    await begin(visited);
    await page.evaluate(
      `document.querySelector('patchbay-chat').shadowRoot.querySelector('textarea').removeAttribute('maxlength')`,
    );
    await write(page, 'more than ten characters');
    await log(page).getByText('Not sent').waitFor();
    await log(page).getByRole('button', { name: 'Try again' }).click();
    await log(page).getByText('Not sent').waitFor();
    assert.equal(hub.hall.frames().filter(ofType('text')).length, 1);
  });

  it('begins a new conversation when the old one has ended, and says so', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const before = await begin(visited);
    await hub.say(before, text('of the old'));
    await log(page).getByText('of the old').waitFor();
    await page.evaluate(`for (const key of Object.keys(sessionStorage)) {
      const kept = JSON.parse(sessionStorage.getItem(key));
      kept.session.expiresAt = 0;
      sessionStorage.setItem(key, JSON.stringify(kept));
    }`);
    await page.reload();
    await page.getByText('The earlier conversation has ended').waitFor();
    await write(page, 'anew');
    await hub.frame(frame => frame.text === 'anew');
    const last = JSON.parse(Buffer.from(hub.hall.accepted.at(-1)?.body ?? '').toString());
    assert.notEqual(last.conversation, before);
    // Numbers begin anew as well: the first message of this conversation must not be taken for one of the old.
    const { conversation } = last;
    hub.hall.feeds.set(conversation, [
      { seq: 1, delivery: 'of-the-new', at: 0, wire: { ...said(conversation, 'of the new') } as never },
    ]);
    hub.cut();
    await log(page).getByText('of the new').waitFor();
  });
});

/** The ids of what this tab has not got acknowledged. */
function unsent(page: Page): Promise<string[]> {
  return page.evaluate(`Object.keys(sessionStorage)
    .flatMap(key => JSON.parse(sessionStorage.getItem(key)).entries)
    .filter(entry => entry.who === 'me' && entry.state !== 'delivered')
    .map(entry => entry.id)`);
}
