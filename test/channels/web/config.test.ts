import assert from 'node:assert/strict';
import { WebConfig } from '../../../src/channels/web/config.ts';

const smallest = {
  credentials: { identity_secret: 'sixteen or more x', signing_secret: 'sixteen or more y' },
  account: { site: 'acme.example' },
};

describe('web chat: configuration', () => {
  it('needs two secrets and a name', () => {
    const read = WebConfig.parse(smallest);
    assert.deepEqual(read.receive, {
      allowed_origins: [],
      anonymous: true,
      uploads: {
        max_size: 20_000_000,
        types: ['image/*', 'audio/*', 'video/*', 'application/pdf', 'text/plain'],
        per_minute: 10,
      },
      limits: { messages_per_minute: 60, max_text: 4_000, sessions_per_minute: 20 },
    });
    assert.deepEqual(read.widget, { title: 'Chat', colour: '#2563eb' });
  });

  for (const [name, part] of [
    ['an origin with a path', { receive: { allowed_origins: ['https://acme.example/'] } }],
    ['an origin in capitals', { receive: { allowed_origins: ['https://ACME.example'] } }],
    ['an origin with its default port', { receive: { allowed_origins: ['https://acme.example:443'] } }],
    ['every origin', { receive: { allowed_origins: ['*'] } }],
    ['the origin null', { receive: { allowed_origins: ['null'] } }],
    ['a colour that is more', { widget: { colour: 'red;}*{display:none' } }],
    ['a short secret', { credentials: { ...smallest.credentials, signing_secret: 'short' } }],
    ['an unknown key', { widget: { titel: 'x' } }],
  ] as const) {
    it(`refuses ${name}`, () => assert.equal(WebConfig.safeParse({ ...smallest, ...part }).success, false));
  }
});
