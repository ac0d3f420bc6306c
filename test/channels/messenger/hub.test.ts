/** The page's profile, through a whole hub. */
import assert from 'node:assert/strict';
import type { Received } from '../../../src/sandbox/received.ts';
import { testHub } from '../../support/hub.ts';
import { until } from '../../support/wait.ts';

describe('messenger: a hub that starts', () => {
  it('puts the profile of the channel file on the page', async () => {
    await using hub = await testHub();
    const page = hub.channel('page-messenger').adapter as { profile?: { menu: readonly unknown[] } };
    assert.ok(page.profile !== undefined && page.profile.menu.length > 0, 'the shipped file has a menu');
    await until(async () => {
      const { body: answer } = await hub.sandbox('received?limit=100');
      const calls = answer.received as readonly Received[];
      return calls.some(
        ({ path, body }) =>
          path.includes('messenger_profile') && JSON.stringify(body).includes('persistent_menu'),
      );
    }, 'the profile at the platform');
  });
});
