/** Every kind of webhook the sandbox can make is one the adapter takes, and means what it says. */
import assert from 'node:assert/strict';
import { platforms } from '../../src/sandbox/index.ts';
import { buildTrigger } from '../../src/sandbox/trigger.ts';
import { configFor, messageOf, nameOf, parsed, triggerOf, webhookOf } from './support.ts';

/** What each becomes: content kinds of messages, `receipt:status`, `ignored`; `-` for a handshake. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  whatsapp: {
    text: 'text',
    reply: 'text',
    forwarded: 'text',
    product: 'text',
    referral: 'text',
    image: 'media:image',
    video: 'media:video',
    audio: 'media:audio',
    voice: 'media:voice',
    document: 'media:file',
    sticker: 'media:sticker',
    location: 'location',
    contacts: 'contacts',
    order: 'order',
    button: 'choice:button',
    list: 'choice:list',
    flow: 'form',
    'call-permission': 'choice:action',
    'quick-reply': 'choice:quick-reply',
    reaction: 'reaction',
    'reaction-removed': 'reaction',
    edit: 'edit',
    revoke: 'deletion',
    unsupported: 'unsupported',
    unknown: 'unsupported',
    system: 'system',
    identity: 'system',
    welcome: 'membership',
    sent: 'receipt:sent',
    delivered: 'receipt:delivered',
    read: 'receipt:read',
    played: 'receipt:played',
    failed: 'receipt:failed',
    'user-id': 'system',
    preferences: 'system',
    call: 'system',
    echo: 'ignored',
    errors: 'ignored',
    'template-status': 'ignored',
    'account-update': 'ignored',
    batch: 'text text text receipt:read',
  },
  messenger: {
    text: 'text',
    reply: 'text',
    'quick-reply': 'choice:quick-reply',
    command: 'choice:command',
    image: 'media:image',
    images: 'media:image media:image media:image',
    video: 'media:video',
    audio: 'media:audio',
    file: 'media:file',
    sticker: 'media:sticker',
    location: 'location',
    link: 'text',
    share: 'unsupported',
    reel: 'media:video',
    post: 'text',
    products: 'text',
    product: 'text',
    ad: 'text',
    appointment: 'system',
    unsupported: 'unsupported',
    unknown: 'unsupported',
    button: 'choice:button',
    'get-started': 'membership',
    reaction: 'reaction',
    'reaction-removed': 'reaction',
    edit: 'edit',
    deleted: 'deletion',
    order: 'order',
    'customer-information': 'form',
    feedback: 'form',
    'call-permission': 'choice:action',
    referral: 'system',
    optin: 'system',
    'optin-checkbox': 'system',
    notifications: 'system',
    'notifications-stopped': 'system',
    linked: 'system',
    unlinked: 'system',
    'response-feedback': 'system',
    delivered: 'receipt:delivered receipt:delivered',
    read: 'receipt:read',
    echo: 'ignored',
    'echo-inbox': 'ignored',
    'echo-app': 'ignored',
    'handover-pass': 'system',
    'handover-take': 'system',
    'handover-request': 'system',
    'app-roles': 'ignored',
    standby: 'ignored',
    policy: 'ignored',
    game: 'ignored',
    call: 'system',
    comment: 'ignored',
    'template-status': 'ignored',
    'unknown-item': 'unsupported',
    batch: 'text text text receipt:read',
  },
  slack: {
    message: 'text',
    text: 'text',
    mention: 'text',
    'thread-reply': 'text',
    broadcast: 'text',
    me: 'text',
    file: 'media:image',
    files: 'media:image media:file',
    voice: 'media:voice',
    'file-gone': 'unsupported',
    forwarded: 'text',
    bot: 'text',
    'own-message': 'ignored',
    edit: 'edit',
    'link-preview': 'ignored',
    delete: 'deletion',
    topic: 'system',
    'unknown-subtype': 'unsupported',
    reaction: 'reaction',
    'reaction-removed': 'reaction',
    joined: 'membership',
    left: 'membership',
    added: 'membership',
    'home-opened': 'membership',
    'assistant-started': 'system',
    'assistant-context': 'system',
    renamed: 'system',
    archived: 'system',
    'link-shared': 'system',
    'file-shared': 'ignored',
    'person-changed': 'ignored',
    uninstalled: 'membership',
    'tokens-revoked': 'system',
    'unknown-event': 'unsupported',
    'rate-limited': 'ignored',
    'url-verification': '-',
    button: 'choice:button',
    select: 'choice:list',
    overflow: 'choice:menu',
    date: 'choice:action',
    'link-opened': 'ignored',
    'view-submission': 'form',
    'view-closed': 'system',
    shortcut: 'choice:shortcut',
    'message-shortcut': 'choice:action',
    options: 'ignored',
    'unknown-interaction': 'unsupported',
    command: 'choice:command',
  },
  web: {
    text: 'text',
    choice: 'choice:button',
    form: 'form',
    media: 'media:file',
    location: 'location',
    reaction: 'reaction',
    'reaction-removed': 'reaction',
    edit: 'edit',
    deletion: 'deletion',
    typing: 'typing',
    'typing-stopped': 'typing',
    delivered: 'receipt:delivered',
    read: 'receipt:read',
    'session-start': 'membership',
    'session-resume': 'system',
    'session-end': 'membership',
    context: 'system',
    profile: 'system',
    csat: 'system',
    transcript: 'system',
    handoff: 'system',
    unknown: 'unsupported',
    batch: 'text text text',
  },
};

for (const { type, triggers } of platforms.filter(platform => EXPECTED[platform.type] !== undefined)) {
  describe(`triggers of ${type}`, () => {
    const expected = EXPECTED[type] ?? {};

    it('are the ones that are expected', () => {
      assert.deepEqual(triggers.map(trigger => trigger.name).sort(), Object.keys(expected).sort());
    });

    for (const [name, kinds] of Object.entries(expected)) {
      it(`${name} is signed, taken, and means ${kinds}`, async () => {
        const events = await parsed(type, webhookOf(type, name));
        assert.equal(events.map(nameOf).join(' ') || '-', kinds);
      });
    }

    it('are new each time', async () => {
      const idOf = async () => (await messageOf(type, webhookOf(type, 'text'))).id;
      assert.equal(new Set([await idOf(), await idOf(), await idOf()]).size, 3);
    });

    it('take who, and what is said', async () => {
      const from =
        { whatsapp: '15550100077', messenger: '5481046535350177', slack: 'U0SOMEBODY', web: 'visitor-77' }[
          type
        ] ?? '';
      const message = await messageOf(type, webhookOf(type, 'text', { text: 'Where is 4712?', from }));
      assert.deepEqual(message.content, { kind: 'text', text: 'Where is 4712?' });
      assert.ok([message.sender.id, message.sender.phone].includes(from));
    });

    it('say each what they are', () => {
      for (const trigger of triggers) assert.match(trigger.describe, /^\S.{5,90}$/, trigger.name);
    });
  });
}

describe('parameters of triggers', () => {
  const build = (name: string, params: Record<string, string>) =>
    buildTrigger(triggerOf('whatsapp', name), {
      config: configFor('whatsapp'),
      params,
      now: 1_700_000_000_000,
      random: Math.random,
    });
  const at = 'entry.0.changes.0.value.messages.0';

  it('change any field of the body by its path, and keep its type', () => {
    const built = build('location', {
      [`${at}.location.latitude`]: '1.5',
      [`${at}.timestamp`]: '1600000000',
    });
    assert.ok(built.ok);
    const { messages } = JSON.parse(built.webhook.body).entry[0].changes[0].value;
    assert.equal(messages[0].location.latitude, 1.5);
    assert.equal(messages[0].timestamp, '1600000000');
  });

  it('add a field where there is its place', () => {
    const built = build('text', { [`${at}.group_id`]: 'Y2FwaV9ncm91cDox' });
    assert.ok(built.ok);
    assert.match(built.webhook.body, /"group_id":"Y2FwaV9ncm91cDox"/);
  });

  for (const path of ['texd', 'entry.7.id', `${at}.text.body.x`, `${at}.__proto__`, '']) {
    it(`refuse the path "${path}", and name the parameters there are`, () => {
      const built = build('text', { [path]: 'x' });
      assert.ok(!built.ok);
      assert.match(built.problem, /text takes from, name, text$/);
    });
  }
});
