import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/message/json.ts';
import { describeInBrowser } from '../../support/browser.ts';
import { identityToken } from './support.ts';
import { assertShown, begin, box, launcher, log, ofType, TAG, text, visit, write } from './visit.ts';

describeInBrowser('web chat: widget', browser => {
  it('is usable from one script tag under a strict policy', async () => {
    await using visited = await visit(browser());
    const conversation = await begin(visited);
    await visited.hub.say(conversation, text('Good **day**'));
    await log(visited.page).getByText('day').waitFor();
    assert.equal(await log(visited.page).locator('strong').textContent(), 'day');
    assert.deepEqual(visited.complaints, []);
  });

  it('sends with Enter, breaks the line with Shift and Enter, tells once which page it is on', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    await launcher(page).click();
    await box(page).pressSequentially('one');
    await box(page).press('Shift+Enter');
    await box(page).pressSequentially('two');
    await box(page).press('Enter');
    const first = await hub.frame(ofType('text'));
    assert.equal(first.text, 'one\ntwo');
    assert.equal((first.context as JsonObject).url, `${hub.url}/shop`);
    await write(page, 'three');
    const second = await hub.frame(frame => frame.text === 'three');
    assert.equal('context' in second, false);
    assert.ok(await hub.frame(frame => frame.type === 'typing' && frame.active === true));
  });

  it('offers quick replies until one is picked', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const [delivery] = await hub.say(await begin(visited), {
      kind: 'choices',
      text: 'Sure?',
      choices: [
        { id: 'y', label: 'Yes' },
        { id: 'n', label: 'No' },
        { id: 'm', label: 'More', url: 'https://acme.example/more' },
      ],
    });
    assert.equal(
      await page.getByRole('link', { name: /More/ }).getAttribute('href'),
      'https://acme.example/more',
    );
    await page.getByRole('group', { name: 'Suggested answers' }).getByRole('button', { name: 'Yes' }).click();
    const { id: _, ...frame } = await hub.frame(ofType('choice'));
    assert.deepEqual(frame, {
      type: 'choice',
      choice: 'y',
      label: 'Yes',
      from: 'quick-reply',
      replyTo: delivery,
    });
    await log(page).getByText('Yes', { exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'No' }).count(), 0);
  });

  it('shows a list, a card, media, a place, a person', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    const image = {
      type: 'image',
      name: 'shoe.png',
      source: { kind: 'url', url: `${hub.url}/favicon.svg` },
    } as const;
    await hub.say(conversation, {
      kind: 'choices',
      text: 'Which?',
      choices: [{ id: 'a', label: 'A', description: 'first' }],
    });
    await hub.say(conversation, {
      kind: 'card',
      title: 'Shoe',
      image,
      choices: [{ id: 'buy', label: 'Buy' }],
    });
    await hub.say(conversation, {
      kind: 'media',
      media: { ...image, type: 'file', name: 'bill.pdf', bytes: 2_000_000 },
    });
    await hub.say(conversation, { kind: 'location', latitude: 1, longitude: 2, label: 'Here' });
    await hub.say(conversation, {
      kind: 'contacts',
      contacts: [{ name: 'Ada', phones: [], emails: [{ address: 'a@b.example' }], urls: [] }],
    });
    await log(page).getByText('bill.pdf').waitFor();
    await log(page).getByText('2.0 MB').waitFor();
    await log(page).getByRole('img', { name: 'shoe.png' }).waitFor();
    await log(page)
      .getByRole('link', { name: /Open map/ })
      .waitFor();
    assert.equal(
      await log(page).getByRole('link', { name: /a@b/ }).getAttribute('href'),
      'mailto:a@b.example',
    );
    await log(page).getByRole('button', { name: 'A first' }).click();
    assert.equal((await hub.frame(frame => frame.choice === 'a')).from, 'list');
    await log(page).getByRole('button', { name: 'Buy' }).click();
    assert.equal((await hub.frame(frame => frame.choice === 'buy')).from, 'button');
    assert.equal(await log(page).getByRole('button', { name: 'A first' }).isDisabled(), true);
  });

  it('fills in a form', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    await hub.say(await begin(visited), {
      kind: 'native',
      platform: 'web',
      body: {
        kind: 'form',
        name: 'contact',
        token: 't1',
        title: 'Call me',
        fields: [
          { name: 'mail', label: 'E-mail', type: 'email', required: true },
          { name: 'topic', label: 'Topic', type: 'select', options: ['Bill', 'Other'] },
          { name: 'soon', label: 'Soon', type: 'checkbox' },
        ],
      },
    });
    await page.getByLabel('E-mail').fill('a@b.example');
    await page.getByLabel('Topic').selectOption('Bill');
    await page.getByLabel('Soon').check();
    await page.getByRole('button', { name: 'Submit' }).click();
    const frame = await hub.frame(ofType('form'));
    assert.deepEqual(frame.values, { mail: 'a@b.example', topic: 'Bill', soon: true });
    assert.deepEqual([frame.name, frame.token], ['contact', 't1']);
    await page.getByRole('button', { name: 'Form sent' }).waitFor();
    assert.equal(await page.getByLabel('E-mail').isDisabled(), true);
  });

  it('shows typing, edits, deletions, read marks and reactions', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    await hub.say(conversation, { kind: 'typing', active: true });
    await page.getByText('Chat is typing').waitFor({ state: 'attached' });
    const [one] = await hub.say(conversation, text('one'));
    await log(page).getByText('one').waitFor();
    assert.equal(await page.getByText('Chat is typing').count(), 0);
    const [two] = await hub.say(conversation, text('two'));
    await hub.say(conversation, { kind: 'edit', target: one ?? '', text: 'uno' });
    await hub.say(conversation, { kind: 'deletion', target: two ?? '' });
    await log(page).getByText('uno').waitFor();
    await log(page).getByText('edited').waitFor();
    await log(page).getByText('Message deleted').waitFor();
    const { id } = await hub.frame(ofType('text'));
    await hub.say(conversation, {
      kind: 'reaction',
      emoji: '+1',
      target: `${conversation}/${id}`,
      removed: false,
    });
    await hub.say(conversation, { kind: 'read', target: `${conversation}/${id}` });
    await log(page).getByText('+1').waitFor();
    await log(page).getByText('Seen').waitFor();
    await assertShown(page, 'two', 0);
    const [offer] = await hub.say(conversation, {
      kind: 'choices',
      text: 'Sure?',
      choices: [{ id: 'y', label: 'Yes' }],
    });
    await page.getByRole('button', { name: 'Yes' }).waitFor();
    await hub.say(conversation, { kind: 'deletion', target: offer ?? '' });
    await page.getByRole('button', { name: 'Yes' }).waitFor({ state: 'detached' });
  });

  it('says what was delivered, and read once it is looked at', async () => {
    await using visited = await visit(browser());
    const { page, hub } = visited;
    const conversation = await begin(visited);
    await page.keyboard.press('Escape');
    const [one] = await hub.say(conversation, text('one'));
    await page.getByRole('button', { name: 'Open chat (1 unread)' }).waitFor();
    assert.deepEqual((await hub.frame(ofType('delivered'))).targets, [one]);
    await launcher(page).click();
    assert.deepEqual((await hub.frame(ofType('read'))).targets, [one]);
  });

  it('knows a visitor by the token of the site', async () => {
    const identity = await identityToken({ sub: 'user-42' });
    await using visited = await visit(browser(), {
      config: { receive: { anonymous: false } },
      tag: TAG.replace('data-channel', `data-identity="${identity}" data-channel`),
    });
    assert.equal(await begin(visited), 'user-42');
  });

  it('asks an anonymous visitor to sign in where that is needed', async () => {
    await using visited = await visit(browser(), { config: { receive: { anonymous: false } } });
    await launcher(visited.page).click();
    await visited.page.getByText('Please sign in to chat.').waitFor();
    assert.equal(await box(visited.page).isDisabled(), true);
  });

  for (const [lang, title] of [
    ['de', 'Chat öffnen'],
    ['es-MX', 'Abrir el chat'],
    ['fr', 'Open chat'],
  ] as const) {
    it(`speaks to a page in ${lang}`, async () => {
      await using visited = await visit(browser(), { lang });
      await visited.page.getByRole('button', { name: title }).waitFor();
    });
  }
});
