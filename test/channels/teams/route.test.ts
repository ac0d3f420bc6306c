/** Where a bot writes of its own accord: there, where Teams last said that the conversation is reached. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { teams } from '../../../src/channels/teams/index.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts';
import { type HubFolder, hubFolder, startOn, type TestHub } from '../../support/hub.ts';

const BOT = 'helpdesk-teams';
const APP_ID = '5b1f0c6e-2d3a-4e5f-8a9b-0c1d2e3f4a5b';
const PASSWORD = 'test-only-app-password-0001';
const CHAT = 'a:1route';

/** A Connector that is reached at one address, and nobody at the one that is configured. */
async function connector(): Promise<{ readonly sandbox: Sandbox; readonly url: string }> {
  const config = teams.config.parse({
    credentials: { app_password: PASSWORD },
    account: { app_id: APP_ID },
  });
  const sandbox = await startSandbox({
    listen: { host: '127.0.0.1', port: 0 },
    accounts: [{ type: 'teams', id: BOT, config, definition: teams, webhook: () => 'http://127.0.0.1:9/' }],
  });
  return { sandbox, url: sandbox.urlFor('teams', BOT) };
}

/** A channel with credentials, so that no address is the sandbox's by itself. */
function setUp(folder: HubFolder, url: string, allowed: string): void {
  const channels = join(dirname(folder.config), 'channels');
  const secret = join(dirname(folder.config), 'app-password');
  writeFileSync(secret, PASSWORD);
  const file = {
    version: 1,
    type: 'teams',
    credentials: { app_password: `\${file:${secret}}` },
    account: { app_id: APP_ID },
    api: {
      login_url: `${url}/login`,
      openid_metadata: `${url}/v1/.well-known/openidconfiguration`,
      service_url: `${url}/elsewhere/`,
      allowed_service_urls: [allowed],
    },
  };
  writeFileSync(join(channels, `${BOT}.yaml`), JSON.stringify(file));
}

async function hear(hub: TestHub, serviceUrl: string, text: string): Promise<void> {
  const webhook = hub.draft(BOT, 'text', { text, conversation: CHAT });
  const body = JSON.stringify({ ...JSON.parse(webhook.body), serviceUrl });
  assert.equal((await hub.post(BOT, { ...webhook, body })).status, 200);
}

async function send(hub: TestHub, text: string, route?: string): Promise<string> {
  const sent = await hub.api('/v1/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channel: BOT, conversation: CHAT, route, content: { kind: 'text', text } }),
  });
  assert.equal(sent.status, 202, sent.text);
  await hub.idle();
  return sent.body.id;
}
const viewOf = async (hub: TestHub, id: string) => (await hub.api(`/v1/messages/${id}`)).body;
const said = ({ received }: Sandbox) =>
  received.filter(({ taken, text }) => taken && text !== null).map(({ text }) => text);

describe('teams: a message of our own', () => {
  it('goes where the conversation was last heard from, also after a restart, or where it says itself', async () => {
    const { sandbox, url } = await connector();
    await using _sandbox = sandbox;
    using folder = hubFolder();
    setUp(folder, url, `${url}/`);
    {
      await using hub = await startOn(folder);
      const early = await send(hub, 'too early');
      assert.equal((await viewOf(hub, early)).state, 'dead', 'nobody is at the address of the channel file');
      await hear(hub, `${url}/connector/`, 'hello');
      await hub.idle();
    }
    await using hub = await startOn(folder);
    const id = await send(hub, 'News!');
    assert.equal((await viewOf(hub, id)).state, 'sent');
    assert.equal(
      (await viewOf(hub, id)).message.address.route,
      undefined,
      'what was asked for is kept as it was',
    );
    const own = await send(hub, 'by another way', `${url}/elsewhere/`);
    assert.equal((await viewOf(hub, own)).state, 'dead');
    assert.deepEqual(said(sandbox), ['Hello there.', 'News!']);
  });

  it('takes no token where the channel file does not allow it any more', async () => {
    const { sandbox, url } = await connector();
    await using _sandbox = sandbox;
    using folder = hubFolder();
    setUp(folder, url, `${url}/`);
    {
      await using hub = await startOn(folder);
      await hear(hub, `${url}/connector/`, 'hello');
      await hub.idle();
    }
    setUp(folder, url, `${url}/elsewhere/`);
    await using hub = await startOn(folder);
    const view = await viewOf(hub, await send(hub, 'News!'));
    assert.equal(view.state, 'dead');
    assert.match(view.reason, /^unreachable: .*allowed_service_urls/);
    assert.deepEqual(said(sandbox), ['Hello there.']);
  });
});
