/** Webhooks of the sandbox: signed, repeated while the hub is away, given up when the platform gives up. */
import assert from 'node:assert/strict';
import { until } from '../support/wait.ts';
import { ACCOUNT, call, type Receiver, receiver, secret, stage, webhookOf } from './support.ts';

const TOKEN = { authorization: `Bearer ${secret('access_token')}` };
const BODY = { messaging_product: 'whatsapp', to: '15550100001', text: { body: 'Hello' } };

describe('webhooks of the sandbox', () => {
  it('come again until the hub takes them', async () => {
    await using at = await stage('whatsapp', { answer: n => (n <= 4 ? 503 : 200) });
    at.sandbox.say(ACCOUNT, webhookOf('whatsapp', 'text'));
    await until(() => at.sandbox.webhooks[0]?.state === 'taken', 'the webhook to be taken');
    assert.deepEqual(
      at.hub.arrived.map(one => one.status),
      [503, 503, 503, 503, 200],
    );
    assert.equal(new Set((await at.events()).map(event => JSON.stringify(event))).size, 1);
  });

  it('survive a hub that is down: nobody listens, then somebody does', async () => {
    const gone = await receiver();
    const { port } = new URL(gone.url);
    await gone[Symbol.asyncDispose]();
    await using at = await stage('whatsapp');
    const { definition, config } = await accountOf();
    at.sandbox.addAccount({ type: 'whatsapp', id: 'away', config, definition, webhook: gone.url });
    await call(`${at.sandbox.urlFor('whatsapp', 'away')}/v25.0/106540352242922/messages`, BODY, TOKEN);
    const sent = () => at.sandbox.webhooks.filter(webhook => webhook.account === 'away');
    await until(() => sent().length === 3 && sent().every(one => one.tries.length > 1), 'tries in vain');
    assert.ok(sent().every(one => one.tries.every(tried => tried.reason === 'ECONNREFUSED')));
    await using back: Receiver = await receiver(() => 200, Number(port));
    await until(() => sent().every(one => one.state === 'taken'), 'all statuses to be taken');
    assert.equal(back.arrived.length, 3);
  });

  it('a hub whose address is not known yet is a hub that is down', async () => {
    await using at = await stage('whatsapp');
    const { definition, config } = await accountOf();
    let known = false;
    const webhook = (): string => {
      if (!known) throw new Error('not yet');
      return at.hub.url;
    };
    at.sandbox.addAccount({ type: 'whatsapp', id: 'starting', config, definition, webhook });
    at.sandbox.say('starting', webhookOf('whatsapp', 'text'));
    await until(() => (at.sandbox.webhooks[0]?.tries.length ?? 0) > 0, 'a try in vain');
    known = true;
    await until(() => at.sandbox.webhooks[0]?.state === 'taken', 'the webhook to be taken');
  });

  it('of Slack come up to three times more, and say which and why', async () => {
    await using at = await stage('slack', { answer: n => (n === 1 ? 500 : null) });
    at.sandbox.say(ACCOUNT, webhookOf('slack', 'message'));
    await until(() => at.sandbox.webhooks[0]?.state === 'given up', 'the webhook to be given up');
    const told = at.hub.arrived.map(({ headers }) => [
      headers['x-slack-retry-num'],
      headers['x-slack-retry-reason'],
    ]);
    assert.deepEqual(told, [
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'connection_failed'],
      ['3', 'connection_failed'],
    ]);
  });

  it('of Slack that are interactions come once', async () => {
    await using at = await stage('slack', { answer: () => 500 });
    at.sandbox.say(ACCOUNT, webhookOf('slack', 'button'));
    await until(() => at.sandbox.webhooks[0]?.state === 'given up', 'the webhook to be given up');
    assert.equal(at.hub.arrived.length, 1);
  });

  it('wait no more once the sandbox is closed', async () => {
    const at = await stage('whatsapp', { answer: () => 503, behaviour: { redelivery: 1_000 } });
    at.sandbox.say(ACCOUNT, webhookOf('whatsapp', 'text'));
    await until(() => at.hub.arrived.length === 1, 'the first try');
    // Would hang here if a timer or a connection were left open.
    await at[Symbol.asyncDispose]();
  });
});

async function accountOf() {
  const { configFor, definitionFor } = await import('./support.ts');
  return { definition: definitionFor('whatsapp'), config: configFor('whatsapp') };
}
