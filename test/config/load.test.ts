// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
import assert from 'node:assert/strict';
import { z } from 'zod';
import { checkFile } from '../../src/config/check-file.ts';
import type { ChannelConfig, HubConfig } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { lookUpIn } from '../../src/config/references.ts';
import {
  A,
  B,
  check,
  definitions,
  type FileEntry,
  HUB,
  HUB_FILE,
  LIVE,
  memoryFiles,
  PHONE,
  phoneWith,
  type World,
} from './setup.ts';

function load(world: World): HubConfig {
  const { config, text } = check(world);
  assert.ok(config !== null, text);
  return config;
}

function channel(world: World, id = 'a'): ChannelConfig {
  const found = load(world).channels.find(one => one.id === id);
  assert.ok(found !== undefined);
  return found;
}

const CHAT = `version: 1
type: chat
credentials:
  client: \${env:CLIENT}
  key: \${file:/run/key}
account: { site: Acme }
`;

describe('loading a configuration', () => {
  it('fills in every default', () => {
    assert.deepEqual(load({}), {
      file: '/hub/config/hub.yaml',
      name: 'patchbay',
      tenant: 'default',
      tenantRate: null,
      http: { host: '127.0.0.1', port: 8787, publicUrl: null },
      adapters: [],
      data: '/hub/data',
      sandbox: { mode: 'auto', listen: null },
      api: { token: null },
      assistant: null,
      journal: { maxSegmentBytes: 64_000_000, maxBacklogBytes: 1_000_000_000 },
      retention: {
        rawMs: 30 * 86_400_000,
        dedupeMs: 8 * 86_400_000,
        messagesMs: 90 * 86_400_000,
        mediaMs: 30 * 86_400_000,
        deadLettersMs: 83 * 86_400_000,
        operationsMs: 90 * 86_400_000,
        auditMs: 400 * 86_400_000,
      },
      media: { maxBytes: 20_000_000, timeoutMs: 60_000, s3: null },
      log: { level: 'info', format: 'pretty' },
      channels: [
        {
          id: 'a',
          file: '/hub/config/channels/a.yaml',
          tenant: 'default',
          type: 'phone',
          description: '',
          enabled: true,
          sandbox: false,
          missing: [],
          pipeline: { languages: ['en'], burst: { policy: 'queue', quietMs: 2_000, maxMs: 10_000 } },
          delivery: {
            retry: { maxAttempts: 8, baseMs: 1_000, maxMs: 900_000, maxAgeMs: 86_400_000, holdMs: 900_000 },
            rateLimit: {},
            breaker: { probeMs: 5_000, maxProbeMs: 300_000 },
            timeoutMs: 15_000,
            ambiguous: { waitMs: 60_000, policy: 'resend' },
            window: { check: true, fallbackTemplate: null },
            onFailed: { template: null },
          },
          adapter: {
            credentials: { access_token: LIVE.TOKEN, app_secret: LIVE.APP_SECRET },
            account: { number_id: '4711' },
            api: { base_url: 'https://phone.example' },
          },
        },
      ],
    });
  });

  it('is plain JSON, so that a thread can have it', () => {
    const config = load({ env: {} });
    assert.deepEqual(JSON.parse(JSON.stringify(config)), config);
    assert.deepEqual(structuredClone(config), config);
  });

  it('reads everything a hub file can say', () => {
    const hub = `version: 1
name: acme
tenant: acme
http: { listen: "[::1]:80", public_url: https://hub.acme.example }
data: ./kept
tenants: { rate_limit: 500/m burst 20 }
sandbox: { mode: off, listen: 127.0.0.1:9000 }
api: { token: "\${env:API_TOKEN}" }
journal: { max_segment: 1mb, max_backlog: 10mb }
retention: { raw: 1d, dedupe: 2d, messages: 3d, media: 4d, dead_letters: 5d, operations: 6d, audit: 7d }
media:
  max_size: 5mb
  timeout: 10s
  s3:
    endpoint: https://s3.acme.example
    region: eu-central-1
    bucket: acme-files
    prefix: hub/
    access_key_id: "\${env:S3_ID}"
    secret_access_key: "\${env:S3_KEY}"
log: { level: debug, format: json }
`;
    const env = {
      ...LIVE,
      API_TOKEN: 'an api token of the tests',
      S3_ID: 'the id of a key',
      S3_KEY: 'the key of a bucket',
    };
    const { channels, ...rest } = load({ files: { [HUB_FILE]: hub }, env });
    assert.equal(channels[0]?.tenant, 'acme');
    assert.deepEqual(rest, {
      file: '/hub/config/hub.yaml',
      name: 'acme',
      tenant: 'acme',
      tenantRate: { count: 500, perMs: 60_000, burst: 20 },
      http: { host: '::1', port: 80, publicUrl: 'https://hub.acme.example' },
      adapters: [],
      data: '/hub/kept',
      sandbox: { mode: 'off', listen: { host: '127.0.0.1', port: 9000 } },
      api: { token: 'an api token of the tests' },
      assistant: null,
      journal: { maxSegmentBytes: 1_000_000, maxBacklogBytes: 10_000_000 },
      retention: {
        rawMs: 86_400_000,
        dedupeMs: 172_800_000,
        messagesMs: 259_200_000,
        mediaMs: 345_600_000,
        deadLettersMs: 432_000_000,
        operationsMs: 518_400_000,
        auditMs: 604_800_000,
      },
      media: {
        maxBytes: 5_000_000,
        timeoutMs: 10_000,
        s3: {
          endpoint: 'https://s3.acme.example',
          region: 'eu-central-1',
          bucket: 'acme-files',
          prefix: 'hub/',
          accessKeyId: 'the id of a key',
          secretAccessKey: 'the key of a bucket',
        },
      },
      log: { level: 'debug', format: 'json' },
    });
  });

  it('takes delivery from the channel, then the hub, then the defaults, key by key', () => {
    const { delivery, pipeline } = channel({
      files: {
        [HUB_FILE]: `${HUB}defaults:
  delivery: { retry: { base: 2s, max: 1m }, ambiguous: { policy: park } }
  pipeline: { languages: [es, en] }
`,
        [A]: phoneWith({
          add: 'delivery: { retry: { max: 5m }, timeout: 3s }\npipeline: { languages: [pt] }\n',
        }),
      },
    });
    assert.deepEqual(delivery, {
      retry: { maxAttempts: 8, baseMs: 2_000, maxMs: 300_000, maxAgeMs: 86_400_000, holdMs: 900_000 },
      rateLimit: {},
      breaker: { probeMs: 5_000, maxProbeMs: 300_000 },
      timeoutMs: 3_000,
      ambiguous: { waitMs: 60_000, policy: 'park' },
      window: { check: true, fallbackTemplate: null },
      onFailed: { template: null },
    });
    assert.deepEqual(pipeline.languages, ['pt']);
  });

  it('reads rates: a number in a time, none, or nothing at all', () => {
    const read = (text: string) =>
      channel({ files: { [A]: phoneWith({ add: `delivery: { rate_limit: ${text} }\n` }) } }).delivery
        .rateLimit;
    assert.deepEqual(read('{ account: 80/s }'), { account: { count: 80, perMs: 1_000, burst: 80 } });
    assert.deepEqual(read('{ conversation: 1/6s burst 45 }'), {
      conversation: { count: 1, perMs: 6_000, burst: 45 },
    });
    assert.deepEqual(read('{ account: none, conversation: 20/m }'), {
      account: null,
      conversation: { count: 20, perMs: 60_000, burst: 20 },
    });
    assert.deepEqual(read('{}'), {});
  });

  it('lets the environment override the port and the data folder, and the caller the latter', () => {
    const env = { ...LIVE, PORT: '0', PATCHBAY_DATA: 'elsewhere' };
    const { http, data } = load({ env });
    assert.deepEqual([http, data], [{ host: '127.0.0.1', port: 0, publicUrl: null }, '/hub/elsewhere']);
    assert.equal(load({ env, options: { dataDir: '/tmp/mine' } }).data, '/tmp/mine');
    assert.equal(load({ env: { ...LIVE, PORT: '', PATCHBAY_DATA: '' } }).data, '/hub/data');
  });

  it('takes channel files from several places, in the order of their paths', () => {
    const files = {
      [HUB_FILE]: 'version: 1\nchannels: [./channels/*.yaml, /etc/hub/*.yml]\n',
      [B]: phoneWith({ replace: ['4711', '4712'] }),
      '/etc/hub/c.yml': phoneWith({ replace: ['4711', '4713'] }),
    };
    assert.deepEqual(
      load({ files }).channels.map(({ id, file }) => [id, file]),
      [
        ['c', '/etc/hub/c.yml'],
        ['a', '/hub/config/channels/a.yaml'],
        ['b', '/hub/config/channels/b.yaml'],
      ],
    );
  });

  const values: readonly (readonly [written: string, read: unknown, env?: Record<string, string>])[] = [
    ['description: the ${env:WHO} of ${env:WHERE:-Acme}', 'the desk of Acme', { WHO: 'desk' }],
    ['description: ${env:WHO:-}', ''],
    ['description: costs $${5}', 'costs ${5}'],
    ['description: "${env:WHO:-a: b # c}"', 'a: b # c'],
    ['description: no', 'no'],
    ['description:', ''],
    ['description: &text hello', 'hello'],
    ['pipeline: { languages: &l [&x es, *x, &x pt, *x] }\ndescription: *x', 'pt'],
    ['&key description: x\ntenant: *key', 'x'],
    ['description: |\n  two\n  lines', 'two\nlines\n'],
    ['# a comment\ndescription: "\\u00e9"', 'é'],
    ['"description": quoted key', 'quoted key'],
  ];
  for (const [written, read, env] of values) {
    it(`reads ${JSON.stringify(written)}`, () => {
      const files = { [A]: phoneWith({ add: `${written}\n` }) };
      assert.equal(channel({ files, env: { ...LIVE, ...env } }).description, read);
    });
  }

  it('reads numbers and truth values from the environment', () => {
    const files = {
      [B]: `${CHAT}receive: { anonymous: "\${env:ANON}", per_minute: "\${env:RATE:-7}" }\nenabled: \${env:ON:-false}\n`,
      '/run/key': 'key of the tests\n',
    };
    const found = channel({ files, env: { ...LIVE, CLIENT: 'c', ANON: 'false' } }, 'b');
    assert.deepEqual(found.adapter.receive, { anonymous: false, per_minute: 7, origins: [] });
    assert.equal(found.enabled, false);
  });

  it('reads a secret from a file, without the line break at its end', () => {
    const files = { [B]: CHAT, '/run/key': 'key of the tests\n' };
    const { adapter } = channel({ files, env: { ...LIVE, CLIENT: 'c' } }, 'b');
    assert.deepEqual(adapter.credentials, { client: 'c', key: 'key of the tests' });
  });

  it('reads a file with a byte order mark and Windows line ends', () => {
    assert.equal(channel({ files: { [A]: `\ufeff${PHONE.replaceAll('\n', '\r\n')}` } }).type, 'phone');
  });

  it('takes no key of an object prototype for its own', () => {
    const { problems } = check({
      files: { [A]: phoneWith({ add: '__proto__: { enabled: false }\nconstructor: x\n' }) },
    });
    assert.deepEqual(
      problems.map(({ code, message }) => [code, message]),
      [
        ['PB-C003', 'unknown key'],
        ['PB-C003', 'unknown key "constructor"'],
      ],
    );
  });

  it('looks at the channel files also where hub.yaml cannot be understood', () => {
    const { problems } = check({ files: { [HUB_FILE]: 'version: "1\n', [A]: phoneWith({ add: 'x: 1\n' }) } });
    assert.deepEqual(
      problems.map(problem => [problem.code, problem.file]),
      [
        ['PB-C001', HUB_FILE],
        ['PB-C003', A],
      ],
    );
  });

  // The limit of mocha is the only clock here: what grows with the square of the size does not end within it.
  const large: readonly (readonly [name: string, text: string, code: string])[] = [
    ['brackets', '['.repeat(100_000), 'PB-C001'],
    ['quotes', '"'.repeat(200_000), 'PB-C001'],
    ['keys', Array.from({ length: 60_000 }, (_, index) => `key${index}: 1\n`).join(''), 'PB-C020'],
    ['signs of a comment', `description: "${' #'.repeat(400_000)}"`, 'PB-C004'],
    ['spaces', `description: "${' '.repeat(900_000)}"`, 'PB-C004'],
    ['aliases', `description: &a x\npipeline: [${'*a,'.repeat(9_000)}]`, 'PB-C020'],
  ];
  for (const [name, text, code] of large) {
    it(`ends with a file of ${name}`, () => {
      assert.equal(check({ files: { [A]: text } }).problems[0]?.code, code);
    });
  }

  it('throws every problem as one ConfigError, whose message is what an operator reads', () => {
    const files = memoryFiles({ [HUB_FILE]: 'version: 2\n', [A]: 'type: fone\n' });
    const options = { file: 'config/hub.yaml', cwd: '/hub', definitions, env: {}, files };
    assert.throws(
      () => loadConfig(options),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(
          error.problems.map(problem => [problem.code, problem.file]),
          [
            ['PB-C005', 'config/hub.yaml'],
            ['PB-C004', 'config/channels/a.yaml'],
            ['PB-C002', 'config/channels/a.yaml'],
          ],
        );
        assert.match(
          error.message,
          /^error\[PB-C005\] version: expected 1\n {2}--> config\/hub\.yaml:1:10\n/,
        );
        return true;
      },
    );
  });
});

describe('credentials', () => {
  const SANDBOX = {
    access_token: 'sandbox secret of a credentials.access_token',
    app_secret: 'sandbox secret of a credentials.app_secret',
  };

  it('are generated for a channel none of whose credentials are set', () => {
    const { sandbox, missing, adapter } = channel({ env: {} });
    assert.deepEqual([sandbox, missing], [true, ['TOKEN', 'APP_SECRET']]);
    assert.deepEqual(adapter.credentials, SANDBOX);
  });

  it('that are empty are not set', () => {
    assert.equal(channel({ env: { TOKEN: '', APP_SECRET: '' } }).sandbox, true);
  });

  it('that are optional and not set are absent, live and in the sandbox', () => {
    const files = {
      [A]: phoneWith({ replace: ['account:', '  previous_app_secret: ${env:OLD}\naccount:'] }),
    };
    const live = channel({ files });
    assert.deepEqual(live.adapter.credentials, { access_token: LIVE.TOKEN, app_secret: LIVE.APP_SECRET });
    assert.deepEqual([live.sandbox, live.missing], [false, []]);
    const sandbox = channel({ files, env: {} });
    assert.deepEqual(sandbox.adapter.credentials, SANDBOX);
    assert.deepEqual([sandbox.sandbox, sandbox.missing], [true, ['TOKEN', 'APP_SECRET']]);
  });

  it('one of which is set have to be set all, also where that one is optional', () => {
    const files = {
      [A]: phoneWith({ replace: ['account:', '  previous_app_secret: ${env:OLD}\naccount:'] }),
    };
    const { problems } = check({ files, env: { OLD: 'the secret before it' } });
    assert.deepEqual(
      problems.map(({ code, place }) => [code, place?.line, place?.column]),
      [
        ['PB-C010', 4, 17],
        ['PB-C010', 5, 15],
      ],
    );
  });

  it('count whether they are secret or not, and files by their path', () => {
    const { sandbox, missing, adapter } = channel({ files: { [B]: CHAT } }, 'b');
    assert.deepEqual([sandbox, missing], [true, ['CLIENT', 'file:/run/key']]);
    assert.deepEqual(adapter.credentials, {
      client: 'sandbox secret of b credentials.client',
      key: 'sandbox secret of b credentials.key',
    });
  });

  it('of a channel that is not enabled may be unset, some or all', () => {
    const files = {
      [HUB_FILE]: `${HUB}sandbox: { mode: off }\n`,
      [A]: phoneWith({ add: 'enabled: false\n' }),
    };
    const { enabled, missing } = channel({ files, env: { TOKEN: 'token' } });
    assert.deepEqual([enabled, missing], [false, ['APP_SECRET']]);
  });

  it('of two files may be for one account where only one of them is enabled', () => {
    assert.equal(load({ files: { [B]: phoneWith({ add: 'enabled: false\n' }) } }).channels.length, 2);
  });

  it('of an account that differs only in what may be left out are for one account', () => {
    const files = { [B]: phoneWith({ replace: ['number_id', 'business_id: "7"\n  number_id'] }) };
    assert.deepEqual(
      check({ files }).problems.map(problem => problem.code),
      ['PB-C009'],
    );
  });

  it('need no seed where nothing is generated', () => {
    const sandboxSecret = () => assert.fail('a seed was asked for');
    assert.equal(load({ options: { sandboxSecret } }).channels[0]?.sandbox, false);
  });
});

describe('the assistant', () => {
  const NAMED = `${HUB}assistant: { file: ./answers.yaml }\n`;
  const ANSWERS = 'version: 1\nname: tests\nfallback: { say: no idea, unreadable: no }\n';
  const loadWith = (answers: FileEntry) =>
    check({ files: { [HUB_FILE]: NAMED, 'config/answers.yaml': answers } });

  it('has its rules in the configuration', () => {
    assert.deepEqual(loadWith(ANSWERS).config?.assistant, {
      file: '/hub/config/answers.yaml',
      rules: {
        version: 1,
        name: 'tests',
        rules: [],
        faq: [],
        fallback: { say: 'no idea', unreadable: 'no' },
      },
    });
  });

  it('has its problems told with all others, and shown as they are, since it has no secrets', () => {
    const answers = ANSWERS.replace('say: no idea', 'say: { english: no idea }');
    assert.equal(
      loadWith(`${answers}ask: me\n`).text,
      `error[PB-C005] fallback.say.english: a key that is not allowed here: expected a language such as en
  --> config/answers.yaml:3:20
    |
  3 | fallback: { say: { english: no idea }, unreadable: no }
    |                    ^^^^^^^

error[PB-C003] unknown key "ask"
  --> config/answers.yaml:4:1
    |
  4 | ask: me
    | ^^^
  = help: known keys here: version, name, rules, faq, fallback`,
    );
  });

  it('has to be there where it is named', () => {
    assert.equal(
      loadWith(undefined).text,
      `error[PB-C016] the file does not exist
  --> config/answers.yaml
  = help: assistant.file in config/hub.yaml names it`,
    );
  });

  it('keeps the keys of an object prototype as keys', () => {
    const files = memoryFiles({ 'any.yaml': '__proto__: { polluted: true }' });
    const { value } = checkFile('/hub/any.yaml', z.unknown(), {
      files,
      cwd: '/hub',
      lookUp: lookUpIn({}, files),
    });
    assert.ok(typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'));
    assert.equal(Reflect.get({ ...value }, 'polluted'), undefined);
  });
});
