/** Where the hub never goes, however it is written. */
import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import fc from 'fast-check';
import { isPublicAddress } from '../../src/media/addresses.ts';
import { type Address, guard, type Judged } from '../../src/media/guard.ts';

const PUBLIC: Address = { address: '93.184.215.14', family: 4 };
const v4 = (address: string): Address => ({ address, family: 4 });
const v6 = (address: string): Address => ({ address, family: 6 });

/** Every name is public, so that what is refused is refused for its writing. */
const everywhere = guard({ resolve: async () => [PUBLIC] });
const judge = (url: string): Promise<Judged> => everywhere.judge(url);

const told = (judged: Judged): string => (judged.ok ? 'allowed' : judged.code);

const BLOCKED: Readonly<Record<string, readonly string[]>> = {
  'what tells a cloud’s credentials': [
    'http://169.254.169.254/latest/meta-data/',
    'http://metadata.google.internal/computeMetadata/v1/',
    'http://metadata.google.internal./',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:169.254.169.254]/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
  ],
  'this machine, in all its spellings': [
    'http://127.0.0.1/',
    'http://127.1/',
    'http://127.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0x7f000001/',
    'http://017700000001/',
    'http://0177.0.0.1/',
    'http://①②⑦.⓪.⓪.①/',
    'http://１２７.０.０.１/',
    'http://127。0。0。1/',
    'http://localhost/',
    'http://localhost./',
    'http://LOCALHOST/',
    'http://ⓛocalhost/',
    'http://a.localhost/',
    'http://0/',
    'http://0.0.0.0/',
    'http://0.1.2.3/',
    'http://[::1]/',
    'http://[::]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://127.0.0.1./',
  ],
  'IPv4 inside IPv6': [
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[::127.0.0.1]/',
    'http://[::7f00:1]/',
    'http://[::ffff:0:7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[64:ff9b:1::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2002:a00:1::1]/',
    'http://[2001::1]/',
    'http://[2001:0:7f00:1::]/',
  ],
  'inner and special networks': [
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://100.127.255.255/',
    'http://192.0.0.1/',
    'http://192.0.2.1/',
    'http://192.88.99.1/',
    'http://198.18.0.1/',
    'http://198.19.255.255/',
    'http://198.51.100.1/',
    'http://203.0.113.1/',
    'http://224.0.0.1/',
    'http://239.255.255.255/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
    'http://169.254.0.1/',
    'http://[fc00::1]/',
    'http://[fd12:3456::1]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
    'http://[100::1]/',
    'http://[5f00::1]/',
    'http://[2001:db8::1]/',
    'http://[3fff::1]/',
    'http://[4000::1]/',
  ],
  zones: ['http://[fe80::1%25eth0]/', 'http://[fe80::1%eth0]/', 'http://[2606:4700::1%25eth0]/'],
  'names of inner networks': [
    'http://router/',
    'http://printer.local/',
    'http://db.internal/',
    'http://nas.home.arpa/',
    'http://files.corp/',
    'http://x.test/',
    'http://hidden.onion/',
    'http://kubernetes.default.svc.cluster.local/',
  ],
  'other schemes': [
    'file:///etc/passwd',
    'ftp://example.com/x',
    'gopher://example.com/',
    'data:text/plain,x',
    'javascript:alert(1)',
    'unix:/var/run/docker.sock',
    'blob:https://example.com/x',
    'ws://example.com/',
    'about:blank',
  ],
  'addresses that are two': [
    'http://user@example.com/',
    'http://user:pass@example.com/',
    'http://user@127.0.0.1@example.com/',
    'http://example.com@127.0.0.1/',
    'http://example.com:80@127.0.0.1/',
    'http://127.0.0.1\\@example.com/',
    'http:\\\\127.0.0.1\\x',
    'http:127.0.0.1',
    'http:/127.0.0.1/',
    'http:///127.0.0.1/',
    'http://127.0.0.1#@example.com/',
    'http://127.0.0.1?@example.com/',
    'http://127.0.0.1\t/',
    'http://127.0.0.\n1/',
    ' http://127.0.0.1/ ',
    'http://example.com%00.127.0.0.1/',
    'http://127.0.0.1%00.example.com/',
    'http://%31%32%37.0.0.1/',
    'http://exa mple.com/',
    'http://[::1',
    'http://999.1.1.1/',
    'http://1.2.3.4.5/',
    '//127.0.0.1/',
    '',
    'x',
  ],
  'other ports': [22, 25, 2375, 3306, 6379, 8080, 9092, 27017, 65535, 0].map(
    port => `http://example.com:${port}/`,
  ),
};

describe('the guard of what is fetched', () => {
  for (const [what, urls] of Object.entries(BLOCKED)) {
    describe(`does not go to ${what}`, () => {
      for (const url of urls)
        it(JSON.stringify(url), async () => assert.equal(told(await judge(url)), 'blocked'));
    });
  }

  for (const url of [
    'https://example.com/',
    'http://example.com/',
    'https://example.com:443/a?b#c',
    'https://93.184.215.14/',
    'https://[2606:2800:220:1::1]/',
    'https://bücher.example/',
    'http://example.com\\@127.0.0.1/',
    'https://xn--bcher-kva.example./',
  ])
    it(`goes to ${JSON.stringify(url)}`, async () => assert.equal(told(await judge(url)), 'allowed'));

  it('takes what looks like two addresses for the one that it will connect to', async () => {
    const judged = await judge('http://example.com\\@127.0.0.1/');
    assert.ok(judged.ok);
    assert.equal(judged.url.hostname, 'example.com');
    assert.equal(judged.url.pathname, '/@127.0.0.1/');
  });

  for (const [what, addresses] of [
    ['a private address', [v4('10.0.0.1')]],
    ['this machine', [v4('127.0.0.1')]],
    ['this machine in IPv6', [v6('::1')]],
    ['a mapped address', [v6('::ffff:127.0.0.1')]],
    ['a zone', [v6('2606:4700::1%eth0')]],
    ['public and private together', [PUBLIC, v4('127.0.0.1')]],
    ['private behind public', [PUBLIC, v6('fd00::1')]],
    ['no address at all', [v4('not an address')]],
  ] as const)
    it(`does not go to a name that is ${what}`, async () => {
      const judged = await guard({ resolve: async () => addresses }).judge('https://rebind.example.com/');
      assert.equal(told(judged), 'blocked');
    });

  it('calls a name nobody knows unavailable, and tells nothing of the network', async () => {
    const unknown = guard({ resolve: () => Promise.reject(new Error('ENOTFOUND 10.0.0.53')) });
    assert.deepEqual(await unknown.judge('https://gone.example.com/'), {
      ok: false,
      code: 'unavailable',
      reason: 'the name could not be looked up',
    });
    assert.equal(
      told(await guard({ resolve: async () => [] }).judge('https://gone.example.com/')),
      'unavailable',
    );
  });

  describe('with a stand-in of our own', () => {
    const standIn = guard({ trusted: ['http://127.0.0.1:4000/meta/one'], resolve: async () => [PUBLIC] });
    for (const url of [
      'http://127.0.0.1:4000/meta/one/',
      'http://127.0.0.1:4000/meta/one/x?y',
      'http://127.1:4000/meta/one/x',
    ])
      it(`goes to ${url}`, async () => assert.equal(told(await standIn.judge(url)), 'allowed'));
    for (const url of [
      'http://127.0.0.1:4000/',
      'http://127.0.0.1:4000/meta/one',
      'http://127.0.0.1:4000/meta/onemore/x',
      'http://127.0.0.1:4000/meta/two/x',
      'http://127.0.0.1:4000/meta/one/../two/x',
      'http://127.0.0.1:4000/meta/one/%2e%2e/two/x',
      'http://127.0.0.1:4000/meta/one/..%2ftwo/x',
      'http://127.0.0.1:4000/meta/one/..\\two/x',
      'http://127.0.0.1:4001/meta/one/x',
      'https://127.0.0.1:4000/meta/one/x',
      'http://localhost:4000/meta/one/x',
      'http://user@127.0.0.1:4000/meta/one/x',
      'http://127.0.0.2:4000/meta/one/x',
    ])
      it(`does not go to ${url}`, async () => assert.equal(told(await standIn.judge(url)), 'blocked'));
  });

  it('agrees with a list of Node’s own, however an IPv4 address is written', async () => {
    const inner = new BlockList();
    for (const [net, bits] of NOT_GLOBAL) inner.addSubnet(net, bits);
    const number = fc.oneof(
      fc.nat(0xffffffff),
      // Close to the borders of the ranges, where a slip would be.
      fc
        .tuple(fc.constantFrom(...NOT_GLOBAL), fc.integer({ min: -2, max: 2 }), fc.boolean())
        .map(
          ([[net, bits], step, end]) =>
            (numberOf(net) + (end ? 2 ** (32 - bits) : 0) + step + 2 ** 32) % 2 ** 32,
        ),
    );
    await fc.assert(
      fc.asyncProperty(number, fc.constantFrom(...NOTATIONS), async (value, write) => {
        const judged = await judge(`http://${write(value)}/`);
        assert.equal(judged.ok, !inner.check(dotted(value)), `${write(value)} is ${dotted(value)}`);
      }),
      { numRuns: 3_000 },
    );
  });

  it('never calls an address public that holds one which is not', () => {
    const inner = fc.oneof(
      fc.tuple(fc.constant(10), fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(127), fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.integer({ min: 224, max: 255 }), fc.nat(255), fc.nat(255), fc.nat(255)),
    );
    fc.assert(
      fc.property(inner, bytes => {
        const dotted = bytes.join('.');
        const [high, low] = [0, 2].map(at => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
        const forms = [
          dotted,
          `::ffff:${dotted}`,
          `::${high}:${low}`,
          `64:ff9b::${high}:${low}`,
          `64:ff9b:1::${high}:${low}`,
          `2002:${high}:${low}::1`,
        ];
        for (const form of forms) assert.equal(isPublicAddress(form), false, form);
      }),
    );
  });
});

/** https://www.iana.org/assignments/iana-ipv4-special-registry, and one cloud's inner service. */
const NOT_GLOBAL: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

const bytesOf = (value: number): readonly number[] =>
  [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256);
const dotted = (value: number): string => bytesOf(value).join('.');
const numberOf = (net: string): number => net.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** All that a browser takes for the same address. */
const NOTATIONS: readonly ((value: number) => string)[] = [
  dotted,
  String,
  value => `0x${value.toString(16)}`,
  value => `0${value.toString(8)}`,
  value =>
    bytesOf(value)
      .map(byte => `0x${byte.toString(16)}`)
      .join('.'),
  value =>
    bytesOf(value)
      .map(byte => `0${byte.toString(8)}`)
      .join('.'),
  value => `${Math.floor(value / 2 ** 24)}.${value % 2 ** 24}`,
  value => `${bytesOf(value).slice(0, 2).join('.')}.${value % 2 ** 16}`,
  value => `${dotted(value)}.`,
  value =>
    [...dotted(value)]
      .map(letter => (letter === '.' ? '。' : String.fromCodePoint(0xff10 + Number(letter))))
      .join(''),
];
