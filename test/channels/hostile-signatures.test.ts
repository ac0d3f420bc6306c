/**
 * Webhooks that nobody but the platform should be able to send, tried by somebody else: each against a whole hub,
 * over a bare socket, on every channel it fits. Refused means one and the same empty answer, nothing stored, and
 * neither a secret nor the message in the log.
 */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { hubFolder, startOn } from '../support/hub.ts';
import {
  type Attacked,
  attacked,
  CANARY,
  type Line,
  lineOf,
  type Raw,
  type Target,
  target,
  withValues,
} from './hostile.ts';

const ALL = ['support-whatsapp', 'page-messenger', 'team-slack', 'site-chat'];
const META = ['support-whatsapp', 'page-messenger'];
const TIMED = ['team-slack', 'site-chat'];

/** Another organisation's account on the same platform, with secrets of its own. */
const OTHER_TENANT = {
  'channels/other-whatsapp.yaml': `version: 1
type: whatsapp
tenant: other
credentials:
  access_token: \${env:OTHER_ACCESS_TOKEN}
  app_secret: \${env:OTHER_APP_SECRET}
  verify_token: \${env:OTHER_VERIFY_TOKEN}
account: { phone_number_id: "106540352242999" }
`,
};

const flipLast = (value: string): string => value.slice(0, -1) + (value.endsWith('0') ? '1' : '0');
const flipFirst = (value: string, prefix: string): string => {
  const digest = value.slice(prefix.length);
  return prefix + (digest.startsWith('0') ? '1' : '0') + digest.slice(1);
};
const seconds = (): string => String(Math.floor(Date.now() / 1_000));

interface At extends Target {
  readonly lines: readonly Line[];
  /** The right signature. */
  readonly value: string;
  readonly on: Attacked;
}

interface Case {
  readonly name: string;
  readonly on?: readonly string[];
  /** One request, or several of the kind. */
  make(at: At): readonly Raw[] | Promise<readonly Raw[]>;
  /** 401 where nothing is said. */
  readonly status?: number;
}

/** The genuine request with other values of the signature. */
const valued = ({ lines, header, body }: At, ...values: readonly (readonly string[])[]): readonly Raw[] =>
  values.map(lot => ({ headers: withValues(lines, header, ...lot), body }));

const bodied = ({ lines }: At, ...bodies: readonly (string | Uint8Array)[]): readonly Raw[] =>
  bodies.map(body => ({ headers: lines, body }));

/** Signed as it should be, over that time. */
const timed = ({ body, header, prefix, timed: name, digest, lines }: At, time: string): Raw => ({
  headers: withValues(withValues(lines, name ?? '', time), header, prefix + digest(body, time)),
  body,
});

const REFUSED: readonly Case[] = [
  { name: 'no signature', make: at => valued(at, []) },
  { name: 'an empty signature', make: at => valued(at, [''], [at.prefix], [' ']) },
  { name: 'a wrong one', make: at => valued(at, [flipLast(at.value)], [flipFirst(at.value, at.prefix)]) },
  { name: 'a digit too few or too many', make: at => valued(at, [at.value.slice(0, -1)], [`${at.value}0`]) },
  {
    name: 'base64 in place of hex',
    make: at => {
      const digest = Buffer.from(at.value.slice(at.prefix.length), 'hex');
      return valued(at, [at.prefix + digest.toString('base64')], [at.prefix + digest.toString('base64url')]);
    },
  },
  {
    name: 'letters and digits of other alphabets',
    make: at => {
      const digest = at.value.slice(at.prefix.length);
      const wide = digest.replace(/\d/g, digit => String.fromCharCode(0xff10 + Number(digit)));
      const cyrillic = `а${digest.slice(1)}`;
      return valued(at, [at.prefix + wide], [at.prefix + cyrillic], [`${at.prefix}${'💥'.repeat(16)}`]);
    },
  },
  {
    name: 'a good one beside a bad one, whichever comes first',
    make: at => {
      const bad = flipLast(at.value);
      const lines = [
        [at.value, bad],
        [bad, at.value],
        [at.value, at.value],
      ];
      return valued(at, ...lines, [`${at.value}, ${bad}`], [`${bad}, ${at.value}`]);
    },
  },
  {
    name: 'the old header with SHA-1 alone',
    on: META,
    make: at => [
      { headers: withValues(valued(at, [])[0]?.headers ?? [], 'x-hub-signature', 'sha1=00'), body: at.body },
    ],
  },
  {
    name: 'another algorithm',
    make: at => {
      const digest = at.value.slice(at.prefix.length);
      return valued(at, ...['sha512=', 'md5=', 'none=', 'v9=', '', '='].map(prefix => [prefix + digest]));
    },
  },
  {
    name: 'a good signature by another account and another organisation',
    on: ['support-whatsapp'],
    make: async at => {
      const { on, body, header } = at;
      const others = await Promise.all(
        ['other-whatsapp', 'page-messenger'].map(id => target(on.hub, id).sign(body)),
      );
      return valued(at, ...others.map(lines => [lineOf(lines, header)]));
    },
  },
  { name: 'a body with a blank more', make: at => bodied(at, `${at.body} `, at.body.replace(':', ': ')) },
  {
    name: 'the same JSON written anew',
    make: async at => {
      const escaped = at.body.replace(CANARY, `${CANARY} caf\\u00e9 \\/`);
      const lines = await at.sign(escaped);
      return [{ headers: lines, body: JSON.stringify(JSON.parse(escaped)) }];
    },
  },
  {
    name: 'other bytes that are no UTF-8 either',
    make: async at => {
      const signed = Buffer.concat([Buffer.from(at.body), Buffer.from([0xff])]);
      const sent = Buffer.concat([Buffer.from(at.body), Buffer.from([0xfe])]);
      return [{ headers: await at.sign(signed), body: sent }];
    },
  },
  { name: 'a byte order mark, a line end', make: at => bodied(at, `\ufeff${at.body}`, `${at.body}\n`) },
  {
    name: 'compressed, whichever of the two was signed',
    make: async at => {
      const packed = gzipSync(at.body);
      const encoding: Line = ['Content-Encoding', 'gzip'];
      return [
        { headers: [...at.lines, encoding], body: packed },
        { headers: [...(await at.sign(packed)), encoding], body: packed },
      ];
    },
    status: 415,
  },
  {
    name: 'signed more than five minutes ago, or ahead',
    on: TIMED,
    make: async at => [
      { headers: await at.sign(at.body, Date.now() - 301_000), body: at.body },
      { headers: await at.sign(at.body, Date.now() + 303_000), body: at.body },
    ],
  },
  {
    name: 'signed at a time that is none',
    on: TIMED,
    make: at =>
      [`${seconds()}abc`, '1e9', '0x10', '-1', 'NaN', '1'.repeat(20), '', `${seconds()}.0`].map(time =>
        timed(at, time),
      ),
  },
  {
    name: 'with the time twice',
    on: TIMED,
    make: at => {
      const time = lineOf(at.lines, at.timed ?? '');
      return [{ headers: withValues(at.lines, at.timed ?? '', time, time), body: at.body }];
    },
  },
  {
    name: 'nothing in it, under the signature of something',
    make: at => [{ headers: at.lines, body: '' }],
  },
  {
    name: 'two hundred signatures in one header',
    make: at => valued(at, [Array(150).fill(flipLast(at.value)).join(', ')]),
  },
  {
    name: 'ten thousand signatures in one header',
    make: at => valued(at, [Array(10_000).fill(flipLast(at.value)).join(', ')]),
    // More than a request's headers may be: refused before any of it is looked at.
    status: 400,
  },
  {
    name: 'another method',
    make: at =>
      ['PUT', 'DELETE', 'PATCH', 'OPTIONS'].map(method => ({ method, headers: at.lines, body: at.body })),
    status: 405,
  },
  {
    name: 'a method in disguise',
    make: at => [
      { headers: [...(valued(at, [])[0]?.headers ?? []), ['X-HTTP-Method-Override', 'GET']], body: at.body },
    ],
  },
  {
    name: 'a GET with a body, unsigned',
    on: TIMED,
    make: at => [{ method: 'GET', headers: valued(at, [])[0]?.headers ?? [], body: at.body }],
  },
  {
    name: 'a GET with a body, signed as a GET',
    on: TIMED,
    make: async at => [{ method: 'GET', headers: await at.sign(''), body: at.body }],
    status: 405,
  },
  {
    name: 'a handshake with the wrong token, or none, or a body',
    on: META,
    make: at =>
      [
        'hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=4711',
        'hub.mode=subscribe&hub.challenge=4711',
        'hub.mode=subscribe&hub.verify_token=&hub.challenge=4711',
      ].map(query => ({ method: 'GET', path: `/webhooks/${at.id}?${query}`, headers: [], body: at.body })),
    status: 403,
  },
  {
    name: 'a handshake whose challenge is no number',
    on: META,
    make: at => {
      const { adapter } = at.on.hub.channel(at.id);
      const { verify_token = '' } = adapter.credentials as Readonly<Record<string, string>>;
      return ['<script>alert(1)</script>', '', '1'.repeat(21), '12 34', '１２'].map(challenge => {
        const query = new URLSearchParams({
          'hub.mode': 'subscribe',
          'hub.verify_token': verify_token,
          'hub.challenge': challenge,
        });
        return { method: 'GET', path: `/webhooks/${at.id}?${query}`, headers: [] };
      });
    },
    status: 403,
  },
  {
    name: 'a check of the address that is not signed',
    on: ['team-slack'],
    make: () => [
      {
        headers: [['Content-Type', 'application/json']],
        body: JSON.stringify({ type: 'url_verification', challenge: 'abc', token: 'x' }),
      },
    ],
  },
];

async function at(on: Attacked, id: string): Promise<At> {
  const found = target(on.hub, id);
  const lines = await found.sign(found.body);
  return { ...found, lines, value: lineOf(lines, found.header), on };
}

describe('webhooks signed by nobody we know', function () {
  this.timeout(60_000);
  let on: Attacked;
  before(async () => {
    on = await attacked(OTHER_TENANT);
  });
  after(() => on[Symbol.asyncDispose]());

  for (const { name, on: channels = ALL, make, status = 401 } of REFUSED) {
    it(`${name}: ${status}, and nothing of it stays (${channels.length})`, () =>
      on.leavesNothing(async () => {
        for (const id of channels) {
          const raws = await make(await at(on, id));
          assert.ok(raws.length > 0);
          for (const [index, raw] of raws.entries()) {
            const answer = await on.send(id, raw);
            assert.deepEqual([answer.status, answer.body], [status, ''], `${id} ${index}`);
          }
        }
      }));
  }

  it('whatever was wrong, the answer is the same, byte by byte', async () => {
    const heads = new Set<string>();
    for (const { on: channels = ALL, make, status = 401 } of REFUSED) {
      const [id] = channels;
      if (status !== 401 || id === undefined) continue;
      for (const raw of await make(await at(on, id))) heads.add((await on.send(id, raw)).head);
    }
    assert.equal(heads.size, 1, [...heads].join('\n\n'));
  });
});

describe('webhooks signed by the platform', function () {
  this.timeout(60_000);
  let on: Attacked;
  before(async () => {
    on = await attacked();
  });
  after(() => on[Symbol.asyncDispose]());

  /** How many messages, and how many that could not be read, have come of it. */
  async function grown(
    act: () => Promise<void>,
  ): Promise<{ readonly messages: number; readonly quarantined: number }> {
    const before = (await on.hub.idle()).inbound;
    await act();
    await on.hub.post('site-chat', on.hub.draft('site-chat', 'text', { text: 'hello' }));
    const after = (await on.hub.idle()).inbound;
    const quarantined = after.dead - before.dead;
    return { messages: after.accepted - before.accepted - quarantined - 1, quarantined };
  }

  const taken = async (id: string, raw: Raw): Promise<void> => {
    const answer = await on.send(id, raw);
    assert.deepEqual([answer.status, answer.body], [200, ''], id);
  };

  it('in capital letters are taken, on every channel alike', async () => {
    const count = await grown(async () => {
      for (const id of ALL) {
        const { lines, header, prefix, value, body } = await at(on, id);
        const capital = prefix + value.slice(prefix.length).toUpperCase();
        await taken(id, { headers: withValues(lines, header, capital), body });
      }
    });
    assert.deepEqual(count, { messages: ALL.length, quarantined: 0 });
  });

  it('with escaped letters are taken as they were signed', async () => {
    const count = await grown(async () => {
      for (const id of ALL) {
        const { body, sign } = await at(on, id);
        const escaped = body.replace(CANARY, 'caf\\u00e9 \\ud83d\\ude00 \\/');
        await taken(id, { headers: await sign(escaped), body: escaped });
      }
    });
    assert.deepEqual(count, { messages: ALL.length, quarantined: 0 });
  });

  it('that are no UTF-8, or empty, are kept and not read', async () => {
    const count = await grown(async () => {
      for (const id of ALL) {
        const { body, sign } = await at(on, id);
        const bytes = Buffer.concat([Buffer.from(body), Buffer.from([0xff])]);
        await taken(id, { headers: await sign(bytes), body: bytes });
        await taken(id, { headers: await sign(''), body: '' });
      }
    });
    assert.deepEqual(count, { messages: 0, quarantined: 2 * ALL.length });
  });

  it('that were meant for another address of the platform are told apart by what is in them', async () => {
    const { hub } = on;
    const slack = await at(on, 'team-slack');
    const command = hub.draft('team-slack', 'command', {});
    const meta = await at(on, 'page-messenger');
    const count = await grown(async () => {
      // An interaction where events are expected: one address takes all of them.
      const form: Line = ['Content-Type', 'application/x-www-form-urlencoded'];
      const lines = withValues(await slack.sign(command.body), 'content-type', form[1]);
      await taken('team-slack', { headers: lines, body: command.body });
      // The same, said to be JSON: it is what it is, and comes a second time.
      await taken('team-slack', { headers: await slack.sign(command.body), body: command.body });
      // Another product of Meta's, signed with this app's secret.
      const whatsapp = hub.draft('support-whatsapp', 'text', { text: CANARY }).body;
      await taken('page-messenger', { headers: await meta.sign(whatsapp), body: whatsapp });
    });
    assert.deepEqual(count, { messages: 1, quarantined: 0 });
  });

  it('and sent once more are taken, and have no second effect', async () => {
    const count = await grown(async () => {
      for (const id of ALL) {
        const { lines, body } = await at(on, id);
        for (let n = 0; n < 3; n++) await taken(id, { headers: lines, body });
      }
    });
    assert.deepEqual(count, { messages: ALL.length, quarantined: 0 });
  });

  it('with an id that could be read in two ways are kept and not read', async () => {
    const { sign } = await at(on, 'site-chat');
    const ids = ['a.b', 'a\nb', '', 'x'.repeat(129), 'ä', '../x'];
    const count = await grown(async () => {
      for (const id of ids) {
        const body = JSON.stringify({ visitor: { id: '7' }, messages: [{ id, type: 'text', text: CANARY }] });
        await taken('site-chat', { headers: await sign(body), body });
      }
    });
    assert.deepEqual(count, { messages: 0, quarantined: ids.length });
  });

  it('as a handshake are answered with the challenge, as plain text and as nothing else', async () => {
    for (const id of META) {
      const { verify_token = '' } = on.hub.channel(id).adapter.credentials as Readonly<
        Record<string, string>
      >;
      const query = new URLSearchParams({
        'hub.mode': 'subscribe',
        'hub.verify_token': verify_token,
        'hub.challenge': '1158201444',
      });
      const answer = await on.send(id, { method: 'GET', path: `/webhooks/${id}?${query}`, headers: [] });
      assert.deepEqual([answer.status, answer.body], [200, '1158201444']);
      assert.match(answer.head, /content-type: text\/plain\r\n/);
      assert.match(answer.head, /x-content-type-options: nosniff/);
    }
    const slack = await at(on, 'team-slack');
    const body = JSON.stringify({ type: 'url_verification', challenge: '<b>3eZbrw1a</b>', token: 'x' });
    const answer = await on.send('team-slack', { headers: await slack.sign(body), body });
    assert.deepEqual([answer.status, answer.body], [200, '<b>3eZbrw1a</b>']);
    assert.match(answer.head, /content-type: text\/plain\r\n[\s\S]*nosniff/);
  });
});

describe('a secret that is none', () => {
  const SECRETS: readonly (readonly [file: string, env: string, others: readonly string[]])[] = [
    ['support-whatsapp', 'WHATSAPP_APP_SECRET', ['WHATSAPP_ACCESS_TOKEN', 'WHATSAPP_VERIFY_TOKEN']],
    ['page-messenger', 'MESSENGER_APP_SECRET', ['MESSENGER_ACCESS_TOKEN', 'MESSENGER_VERIFY_TOKEN']],
    ['team-slack', 'SLACK_SIGNING_SECRET', ['SLACK_BOT_TOKEN']],
    ['site-chat', 'WEB_SIGNING_SECRET', ['WEB_IDENTITY_SECRET']],
  ];
  for (const [file, name, others] of SECRETS) {
    it(`keeps the hub from starting: ${file}`, async () => {
      using folder = hubFolder();
      const rest = Object.fromEntries(others.map(one => [one, 'test-only-long-enough-0123456789']));
      for (const value of ['', '=', 'short', 'fifteen-letters']) {
        const env = { PORT: '0', ...rest, [name]: value };
        await assert.rejects(startOn(folder, {}, env), (error: Error) => {
          assert.equal(error.constructor.name, 'ConfigError');
          assert.ok(value.length < 2 || !String(error).includes(value), 'the secret is not told');
          return true;
        });
      }
    });
  }
});
