/** A signing secret that is being rotated: both are taken, and the operator sees when the old one is no longer used. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchRotation } from '../../src/compose/rotation.ts';
import { ALL_ROLES } from '../../src/hub.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { definitionFor } from '../sandbox/support.ts';
import { temporaryFolder } from '../support/folder.ts';
import { type TestHub, testHub } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const PREVIOUS = 'the-secret-before-0123456789abcdef';
const FILE = `channels/${CHANNEL}.yaml`;
const HOUR_MS = 3_600_000;

/** The shipped file with credentials out of files, among them a secret before. */
function rotating(dir: string): string {
  const text = readFileSync(new URL(`../../config/${FILE}`, import.meta.url), 'utf8');
  return text.replace(/\$\{env:WHATSAPP_(\w+)\}/g, (_whole, name: string) => {
    const path = join(dir, name);
    writeFileSync(path, name === 'PREVIOUS_APP_SECRET' ? PREVIOUS : `${name}-0123456789abcdef`);
    return `\${file:${path}}`;
  });
}

describe('a hub with a signing secret that is being rotated', () => {
  /** Signed with this secret, or with the one in use; what it was answered. */
  async function post(hub: TestHub, text: string, secret?: string): Promise<number> {
    const { body, contentType } = hub.draft(CHANNEL, 'text', { text });
    const { type, adapter } = hub.channel(CHANNEL);
    const { credentials } = adapter as { readonly credentials: object };
    const by =
      secret === undefined ? adapter : { ...adapter, credentials: { ...credentials, app_secret: secret } };
    const signed = await definitionFor(type).sign(by, Buffer.from(body), Date.now());
    return (await hub.postAs(CHANNEL, body, { 'content-type': contentType, ...signed })).status;
  }
  async function warnings(hub: TestHub): Promise<readonly string[]> {
    await until(async () => (await hub.api('/readyz')).status === 200, 'the hub to be ready');
    return (await hub.api('/readyz')).body.warnings;
  }
  async function secretOf(hub: TestHub, text: string): Promise<unknown> {
    await until(async () => (await hub.ledger()).inbound.inFlight === 0, 'the messages to be worked on');
    for (const { id } of await hub.messages()) {
      const { raw } = await hub.trace(id);
      if (raw?.body.includes(text)) return raw.secret ?? 'current';
    }
    assert.fail(`no message of ${text}`);
  }

  it('takes both and no other, keeps which it was, and says so while the old one is used', async () => {
    using secrets = temporaryFolder();
    // Nothing is sent: the channel is not in the sandbox.
    const roles = { ...ALL_ROLES, delivery: false };
    await using hub = await testHub({ [FILE]: rotating(secrets.path) }, { roles });
    assert.equal(await post(hub, 'with the new'), 200);
    assert.deepEqual(await warnings(hub), []);
    assert.equal(await post(hub, 'with the old', PREVIOUS), 200);
    const [warning, ...others] = await warnings(hub);
    assert.deepEqual(others, []);
    assert.match(
      warning ?? '',
      /^previous_secret: \/webhooks\/support-whatsapp .*keep it in support-whatsapp\.yaml/,
    );
    assert.equal(await post(hub, 'with a strange one', 'a-secret-of-somebody-else-0123456789'), 401);
    assert.equal(await secretOf(hub, 'with the new'), 'current');
    assert.equal(await secretOf(hub, 'with the old'), 'previous');
  });
});

describe('the watch of a rotation', () => {
  it('warns for a day behind the last, and logs once a day', () => {
    let at = 0;
    const lines: unknown[] = [];
    const logger = createLogger({ level: 'silent', format: 'json', color: false });
    const warn = (fields: unknown): void => void lines.push(fields);
    const rotation = watchRotation(
      () => '/somewhere/a.yaml',
      Object.assign(logger, { warn }),
      () => at,
    );
    assert.deepEqual(rotation.warnings(), []);
    rotation.previous('a');
    at += 5 * 60_000;
    rotation.previous('a');
    assert.match(rotation.warnings()[0] ?? '', /within the last minute/);
    at += 5 * 60_000;
    assert.match(rotation.warnings()[0] ?? '', / 5 min ago; keep it in a\.yaml/);
    assert.equal(lines.length, 1);
    at += 24 * HOUR_MS;
    assert.deepEqual(rotation.warnings(), []);
    rotation.previous('a');
    assert.deepEqual(lines, Array(2).fill({ code: 'previous_secret', channel: 'a' }));
  });
});
