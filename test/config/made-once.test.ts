import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { apiToken } from '../../src/config/api-token.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { sandboxSecrets } from '../../src/config/sandbox-secrets.ts';
import { temporaryFolder } from '../support/folder.ts';
import { check } from './setup.ts';

const NO_TOKEN = { api: { token: null } };
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the token of the API', () => {
  it('is that of the configuration where there is one, and then nothing is kept', () => {
    using folder = temporaryFolder();
    assert.equal(apiToken(folder.path, { api: { token: 'a token of the tests' } }), 'a token of the tests');
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('is made on first use, of 32 random bytes, for this user alone', () => {
    using folder = temporaryFolder();
    const data = join(folder.path, 'not', 'there', 'yet');
    const token = apiToken(data, NO_TOKEN);
    assert.match(token, /^[\w-]{43}$/);
    assert.equal(apiToken(data, NO_TOKEN), token);
    assert.equal(readFileSync(join(data, 'api-token'), 'utf8'), `${token}\n`);
    assert.deepEqual([modeOf(join(data, 'api-token')), modeOf(data)], ['600', '700']);
    assert.deepEqual(readdirSync(data), ['api-token']);
    assert.notEqual(apiToken(folder.path, NO_TOKEN), token);
  });

  it('is closed to others again where a copy left it open', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'api-token');
    writeFileSync(path, 'a restored token\n');
    chmodSync(path, 0o644);
    assert.equal(apiToken(folder.path, NO_TOKEN), 'a restored token');
    assert.equal(modeOf(path), '600');
  });

  const unusable: readonly (readonly [name: string, data: string, prepare: (folder: string) => void])[] = [
    ['a file in the place of the folder', 'data', folder => writeFileSync(join(folder, 'data'), '')],
    ['a folder in the place of the token', '.', folder => mkdirSync(join(folder, 'api-token'))],
    ['an empty token', '.', folder => writeFileSync(join(folder, 'api-token'), '\n')],
    ['a folder that takes nothing', '/proc/patchbay', () => {}],
  ];
  for (const [name, data, prepare] of unusable) {
    it(`is a ConfigError with ${name}`, () => {
      using folder = temporaryFolder();
      prepare(folder.path);
      assert.throws(
        () => apiToken(resolve(folder.path, data), NO_TOKEN),
        (error: unknown) => error instanceof ConfigError && error.problems[0]?.code === 'PB-C023',
      );
    });
  }

  it('is the same for processes that ask for it at once', async () => {
    using folder = temporaryFolder();
    const module = new URL('../../src/config/api-token.ts', import.meta.url).href;
    // Each waits for the end of its input, so that all begin together.
    const script = `import { apiToken } from ${JSON.stringify(module)};
      process.stdout.write('up\\n');
      for await (const _ of process.stdin);
      process.stdout.write(apiToken(${JSON.stringify(folder.path)}, { api: { token: null } }));`;
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    await Promise.all(children.map(child => once(child.stdout, 'readable')));
    const tokens = children.map(async child => {
      child.stdin.end();
      return (await text(child.stdout)).split('\n')[1];
    });
    const found = new Set(await Promise.all(tokens));
    assert.deepEqual([...found], [readFileSync(join(folder.path, 'api-token'), 'utf8').trim()]);
    assert.deepEqual(readdirSync(folder.path), ['api-token']);
  });
});

describe('sandbox secrets', () => {
  it('are the same after a restart, and others for each channel, place and hub', () => {
    using one = temporaryFolder();
    using other = temporaryFolder();
    const secret = sandboxSecrets(one.path);
    const values = [
      secret('a', 'credentials.key'),
      secret('a', 'credentials.token'),
      secret('b', 'credentials.key'),
      sandboxSecrets(other.path)('a', 'credentials.key'),
    ];
    assert.equal(new Set(values).size, values.length);
    for (const value of values) assert.match(String(value), /^[\da-f]{64}$/);
    assert.equal(sandboxSecrets(one.path)('a', 'credentials.key'), values[0]);
    assert.equal(modeOf(join(one.path, 'sandbox-seed')), '600');
  });

  it('are kept in the data folder of the hub, which is made with the first of them', () => {
    using folder = temporaryFolder();
    const dataDir = join(folder.path, 'data');
    const load = (env: Record<string, string>) => {
      const { config, text: shown } = check({
        env,
        options: { dataDir, sandboxSecret: sandboxSecrets(dataDir) },
      });
      assert.ok(config !== null, shown);
      return config.channels[0]?.adapter.credentials;
    };
    load({ TOKEN: 'token', APP_SECRET: 'app secret of the tests' });
    assert.equal(existsSync(dataDir), false);
    const credentials = load({});
    assert.deepEqual(load({}), credentials);
    assert.deepEqual(readdirSync(dataDir), ['sandbox-seed']);
  });
});
