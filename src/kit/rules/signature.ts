/** Only the platform gets in: what it signed is taken, everything a little off is refused, and nothing throws. */
import assert, { AssertionError } from 'node:assert/strict';
import type { Verdict, WebhookRequest } from '../../channels/webhook.ts';
import { openChannel, readConfig, signed, verdict } from '../bench.ts';
import { recordingsOf } from '../recordings.ts';
import { needing, type Rule, rulesOf } from '../rule.ts';
import type { SignatureFacts, Subject } from '../subject.ts';

interface Bench {
  readonly subject: Subject;
  readonly facts: SignatureFacts;
  /** A request the platform did sign. */
  readonly genuine: WebhookRequest;
  /** Its signature header. */
  readonly value: string;
}

/** One request that must be refused. */
type Forgery = readonly [name: string, request: WebhookRequest];

/** A rule of forgeries made from a genuine request. */
const refuses = (forge: (bench: Bench) => readonly Forgery[] | Promise<readonly Forgery[]>) =>
  needing(
    subject => subject.signature,
    async (facts, subject) => {
      const bench = await benchOf(subject, facts);
      const channel = openChannel(subject);
      for (const [name, request] of await forge(bench)) assertRefused(await verdict(channel, request), name);
    },
  );

/** A rule of requests that must be taken. */
const takes = (make: (bench: Bench) => Promise<readonly Forgery[]>, open = openChannel) =>
  needing(
    subject => subject.signature,
    async (facts, subject) => {
      const bench = await benchOf(subject, facts);
      const channel = open(subject);
      for (const [name, request] of await make(bench)) assertTaken(await verdict(channel, request), name);
    },
  );

async function benchOf(subject: Subject, facts: SignatureFacts): Promise<Bench> {
  const recording = recordingsOf(subject).find(
    ({ request }) => request.method !== 'GET' && request.unsigned !== true,
  );
  if (recording === undefined) throw new AssertionError({ message: 'no recording is of a signed request' });
  const genuine = await signed(subject, recording.request);
  const value = genuine.headers[facts.header]?.[0];
  if (value === undefined) throw new AssertionError({ message: `sign() gives no header ${facts.header}` });
  return { subject, facts, genuine, value };
}

/** 401 for every cause alike: the answer must not tell an attacker how close it was. */
export function assertRefused(given: Verdict, name: string): void {
  assert.ok(!given.ok, `accepted: ${name}`);
  assert.equal(given.status, 401, `a bad signature is answered 401: ${name}`);
}

export function assertTaken(given: Verdict, name: string): asserts given is Verdict & { ok: true } {
  assert.ok(given.ok, `refused (${given.ok || given.reason}): ${name}`);
}

export const withHeader = (
  request: WebhookRequest,
  name: string,
  values: readonly string[],
): WebhookRequest => ({
  ...request,
  headers: { ...request.headers, [name]: values },
});

export function withoutHeader(request: WebhookRequest, name: string): WebhookRequest {
  const { [name]: _gone, ...headers } = request.headers;
  return { ...request, headers };
}

/** Requests with another value of the signature header. */
const valued = ({ genuine, facts }: Bench, values: readonly string[]): readonly Forgery[] =>
  values.map(value => [JSON.stringify(value.slice(0, 100)), withHeader(genuine, facts.header, [value])]);

/** Requests with another body under the same headers. */
const bodied = ({ genuine }: Bench, bodies: readonly (readonly [string, Uint8Array])[]): readonly Forgery[] =>
  bodies.map(([name, body]) => [name, { ...genuine, body }]);

const prefixOf = (value: string): string => value.slice(0, value.indexOf('=') + 1);

const changeLast = (value: string): string => value.slice(0, -1) + (value.endsWith('0') ? '1' : '0');

const changeFirst = (value: string): string => {
  const at = prefixOf(value).length;
  return value.slice(0, at) + (value[at] === '0' ? '1' : '0') + value.slice(at + 1);
};

export const signatureRules: readonly Rule[] = rulesOf('signature', {
  genuine: takes(async ({ genuine }) => [['what the platform signed', genuine]]),
  missing: refuses(({ genuine, facts }) => {
    const bare = withoutHeader(genuine, facts.header);
    const decoys = Object.entries(facts.decoys ?? {}).map(
      ([name, value]) => [`only ${name}`, withHeader(bare, name, [value])] as const,
    );
    return [
      ['no signature header', bare],
      ['a header without a value', withHeader(genuine, facts.header, [])],
      ...decoys,
    ];
  }),
  empty: refuses(bench => valued(bench, ['', ' ', prefixOf(bench.value)])),
  wrong: refuses(bench => valued(bench, [changeFirst(bench.value), changeLast(bench.value)])),
  truncated: refuses(bench => {
    const { value } = bench;
    return valued(bench, [value.slice(0, -1), value.slice(0, -32), `${value}0`, `${value}${value}`]);
  }),
  'doubled-header': refuses(({ genuine, facts, value }) => {
    const bad = changeLast(value);
    const doubled = [
      [value, bad],
      [bad, value],
      [value, value],
    ] as const;
    return [
      ...doubled.map(values => ['the header twice', withHeader(genuine, facts.header, values)] as const),
      ['two values in one header', withHeader(genuine, facts.header, [`${value}, ${bad}`])],
      ['two values in one header', withHeader(genuine, facts.header, [`${bad}, ${value}`])],
    ];
  }),
  'other-algorithm': refuses(bench => {
    const digest = bench.value.slice(prefixOf(bench.value).length);
    const others = ['sha1=', 'sha512=', 'md5=', 'none=', 'v9=', '=', ''].filter(
      prefix => prefix !== prefixOf(bench.value),
    );
    const base64 = Buffer.from(digest, 'hex').toString('base64');
    const values = [...others.map(prefix => prefix + digest), prefixOf(bench.value) + base64];
    return valued(bench, [...values, ...(bench.facts.forged ?? []).map(each => each.value)]);
  }),
  'odd-characters': refuses(bench => {
    const { value } = bench;
    const digest = value.slice(prefixOf(value).length);
    const wide = digest.replace(/\d/g, digit => String.fromCharCode(0xff10 + Number(digit)));
    const cyrillic = digest.replace('a', 'а');
    const odd = [wide, `${digest}\n`, ` ${digest}`, `${digest}\0`, `0x${digest}`, '💥'.repeat(32)];
    return valued(
      bench,
      [...odd, ...(cyrillic === digest ? [] : [cyrillic])].map(text => prefixOf(value) + text),
    );
  }),
  'many-signatures': refuses(bench =>
    valued(bench, [Array(10_000).fill(changeLast(bench.value)).join(', ')]),
  ),
  'other-secret': refuses(async ({ subject, genuine, facts }) => {
    const request = await signed(
      subject,
      { body: Buffer.from(genuine.body).toString('utf8') },
      { config: subject.stranger },
    );
    const value = request.headers[facts.header] ?? [];
    return [['signed with other secrets', withHeader(genuine, facts.header, value)]];
  }),
  'tampered-byte': refuses(bench => {
    const { body } = bench.genuine;
    const places = [0, 1, Math.floor(body.length / 2), body.length - 1];
    return bodied(
      bench,
      places.map(place => {
        const changed = Buffer.from(body);
        changed[place] = (changed[place] ?? 0) ^ 1;
        return [`byte ${place} changed`, changed];
      }),
    );
  }),
  'added-bytes': refuses(bench => {
    const body = Buffer.from(bench.genuine.body);
    const bom = Buffer.from([0xef, 0xbb, 0xbf]);
    return bodied(bench, [
      ['a trailing newline', Buffer.concat([body, Buffer.from('\n')])],
      ['a leading space', Buffer.concat([Buffer.from(' '), body])],
      ['a byte order mark', Buffer.concat([bom, body])],
      ['nothing left', Buffer.alloc(0)],
      ['the last byte gone', body.subarray(0, -1)],
    ]);
  }),
  'invalid-utf8-swap': needing(
    subject => subject.signature,
    async (_facts, subject) => {
      const body = Buffer.from([...Buffer.from('{"text":"'), 0xff, ...Buffer.from('"}')]);
      const request = await signed(subject, {}, { body });
      const swapped = Buffer.from(body);
      swapped[9] = 0xfe;
      const channel = openChannel(subject);
      assertTaken(await verdict(channel, request), 'bytes that are no UTF-8, as signed');
      assertRefused(await verdict(channel, { ...request, body: swapped }), '0xff became 0xfe');
    },
  ),
  'reserialised-body': needing(
    subject => subject.signature,
    async (_facts, subject) => {
      const text = '{ "b": "caf\\u00e9 \\/ \\ud83d\\ude00", "a": 1.0 }';
      const request = await signed(subject, { body: text });
      const channel = openChannel(subject);
      assertTaken(await verdict(channel, request), 'escaped unicode, as signed');
      const body = Buffer.from(JSON.stringify(JSON.parse(text)));
      assertRefused(await verdict(channel, { ...request, body }), 'the same JSON written in another way');
    },
  ),
  rotation: needing(
    subject =>
      'none' in subject.signature
        ? subject.signature
        : (subject.signature.rotation ?? { none: 'the platform has no rotation of secrets' }),
    async ({ config, old }, subject) => {
      const channel = openChannel(subject, { config: readConfig(subject, config) });
      const [recording] = recordingsOf(subject);
      const recorded = recording?.request ?? {};
      const secrets = [
        ['the old secret', old, 'previous'],
        ['the new secret', config, 'current'],
      ] as const;
      for (const [name, by, which] of secrets) {
        const given = await verdict(channel, await signed(subject, recorded, { config: by }));
        assertTaken(given, name);
        assert.equal(given.secret, which, `${name}: the verdict says which secret it was`);
      }
      const strange = await signed(subject, recorded, { config: subject.stranger });
      assertRefused(await verdict(channel, strange), 'another secret while rotating');
    },
  ),
});
