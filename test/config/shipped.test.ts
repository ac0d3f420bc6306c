// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** The configuration we ship runs as it is. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { definitions } from '../../src/channels/index.ts';
import { loadConfig } from '../../src/config/load.ts';
import { temporaryFolder } from '../support/folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHANNELS = join(ROOT, 'config/channels');

function load(env: Record<string, string>) {
  using folder = temporaryFolder();
  return loadConfig({ file: 'config/hub.yaml', cwd: ROOT, definitions, env, dataDir: folder.path });
}

describe('the configuration we ship', () => {
  it('runs without any environment, in the sandbox', () => {
    const config = load({});
    assert.deepEqual(
      config.channels.map(({ id, type, sandbox, enabled }) => [id, type, sandbox, enabled]),
      [
        ['helpdesk-teams', 'teams', true, true],
        ['page-messenger', 'messenger', true, true],
        ['site-chat', 'web', true, true],
        ['support-whatsapp', 'whatsapp', true, true],
        ['team-slack', 'slack', true, true],
      ],
    );
    assert.deepEqual(config.http, { host: '127.0.0.1', port: 8787, publicUrl: null });
  });

  it('goes live with the variables that are missing, and nothing else', () => {
    const missing = load({}).channels.flatMap(channel => channel.missing);
    const config = load(Object.fromEntries(missing.map(name => [name, `the value of ${name} in the tests`])));
    assert.deepEqual(
      config.channels.map(channel => [channel.id, channel.sandbox, channel.missing]),
      [
        ['helpdesk-teams', false, []],
        ['page-messenger', false, []],
        ['site-chat', false, []],
        ['support-whatsapp', false, []],
        ['team-slack', false, []],
      ],
    );
  });

  it('is what the schemas for editors allow, and names them', () => {
    const files = [
      ['config/hub.yaml', 'hub'],
      ...readdirSync(CHANNELS).map(name => [`config/channels/${name}`, 'channel']),
    ];
    for (const [path = '', name = ''] of files) {
      const text = readFileSync(join(ROOT, path), 'utf8');
      const up = path.split('/').slice(1).fill('..').join('/');
      const schemaPath = `docs/reference/schema/${name}.schema.json`;
      assert.ok(text.startsWith(`# yaml-language-server: $schema=${up}/${schemaPath}\n`), path);
      const schema = z.fromJSONSchema(JSON.parse(readFileSync(join(ROOT, schemaPath), 'utf8')));
      const { error } = schema.safeParse(parse(text));
      assert.equal(error, undefined, `${path}: ${error?.message}`);
    }
  });
});

describe('the schemas for editors', () => {
  const schemaOf = (name: string) =>
    z.fromJSONSchema(
      JSON.parse(readFileSync(join(ROOT, `docs/reference/schema/${name}.schema.json`), 'utf8')),
    );
  const slack = parse(readFileSync(join(CHANNELS, 'team-slack.yaml'), 'utf8'));
  const cases: readonly (readonly [name: string, schema: string, value: unknown, allowed: boolean])[] = [
    ['a reference in the place of a truth value', 'channel', { ...slack, enabled: '${env:ON:-true}' }, true],
    ['an unknown key', 'channel', { ...slack, colour: 'red' }, false],
    ['the keys of another type', 'channel', { ...slack, type: 'whatsapp' }, false],
    [
      'a secret in the file',
      'channel',
      { ...slack, credentials: { ...slack.credentials, bot_token: 'xoxb-1' } },
      false,
    ],
    ['a duration without a unit', 'hub', { version: 1, retention: { raw: '30' } }, false],
    ['a duration', 'hub', { version: 1, retention: { raw: '30d' } }, true],
    ['a message with an unknown content', 'message', { id: '1', content: { kind: 'smell' } }, false],
  ];
  for (const [name, schema, value, allowed] of cases) {
    it(`${allowed ? 'allow' : 'refuse'} ${name}`, () => {
      assert.equal(schemaOf(schema).safeParse(value).success, allowed);
    });
  }
});
