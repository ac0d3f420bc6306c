import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import type { Channel, ChannelDefinition } from '../../../src/channels/channel.ts';
import { subject } from '../../../src/channels/whatsapp/testing.ts';
import { recordingsOf } from '../../../src/kit/recordings.ts';
import { slug } from '../../../src/kit/rule.ts';
import { type RuleResult, runRules } from '../../../src/kit/run.ts';
import { defineSubject, type Subject } from '../../../src/kit/subject.ts';

/** WhatsApp with one part of every channel replaced. */
function broken(replace: (channel: Channel, config: unknown) => Partial<Channel>): Subject {
  const { definition } = subject;
  const create: ChannelDefinition['create'] = (identity, config, deps) => {
    const channel = definition.create(identity, config, deps);
    return { ...channel, ...replace(channel, config) };
  };
  return defineSubject({ ...subject, definition: { ...definition, create } });
}

async function failing(of: Subject, only?: readonly string[]): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name, ok } of runRules(of, only)) if (!ok) names.push(name);
  return names;
}

/** What a sloppy adapter gets wrong, and the rules that must say so: these and no others. */
const mistakes: readonly { name: string; subject: Subject; rules: readonly string[] }[] = [
  {
    name: 'the signature is not checked',
    subject: broken(({ verify }) => ({
      verify: request => (request.method === 'GET' ? verify(request) : { ok: true }),
    })),
    rules: [
      'properties/verify-any-headers',
      ...[
        'added-bytes',
        'doubled-header',
        'empty',
        'invalid-utf8-swap',
        'many-signatures',
        'missing',
        'odd-characters',
        'other-algorithm',
        'other-secret',
        'reserialised-body',
        'rotation',
        'tampered-byte',
        'truncated',
        'wrong',
      ].map(rule => `signature/${rule}`),
    ],
  },
  {
    name: 'only the first event of a batch is read',
    subject: broken(({ parse }) => ({ parse: request => parse(request).slice(0, 1) })),
    rules: [
      'batches/one-bad-of-hundred',
      'batches/thousand',
      'batches/three',
      ...recordingsOf(subject)
        .filter(({ events }) => events.length > 1)
        .map(({ name }) => `recordings/${slug(name)}`),
    ],
  },
  {
    name: 'a long text is cut',
    subject: broken(({ render }) => ({
      render: message =>
        message.content.kind === 'text'
          ? render({ ...message, content: { kind: 'text', text: message.content.text.slice(0, 4096) } })
          : render(message),
    })),
    rules: [
      'text/long-code-all-there',
      'text/long-emoji-not-torn',
      'text/long-paragraphs-all-there',
      'text/long-without-spaces-all-there',
      'text/long-words-all-there',
    ],
  },
  {
    name: 'a 429 is taken for any other refusal',
    subject: broken(({ send }) => ({
      async send(wire, context) {
        const result = await send(wire, context);
        if (result.ok || result.fault.httpStatus !== 429) return result;
        return { ok: false, fault: { code: 'invalid-message', detail: 'refused', httpStatus: 429 } };
      },
    })),
    rules: ['refusals/a-limit-with-a-wait', 'send/rate-limit-with-wait', 'send/rate-limit-without-wait'],
  },
  {
    name: 'the token is told in the detail of a fault',
    subject: broken(({ send }, config) => ({
      async send(wire, context) {
        const result = await send(wire, context);
        if (result.ok) return result;
        const detail = `${result.fault.detail}: ${JSON.stringify(config)}`;
        return { ok: false, fault: { ...result.fault, detail } };
      },
    })),
    rules: ['send/secrets-never-told'],
  },
  {
    name: 'a hidden retry is made',
    subject: broken(({ send }) => ({
      async send(wire, context) {
        const result = await send(wire, context);
        return result.ok || result.fault.httpStatus !== 502 ? result : await send(wire, context);
      },
    })),
    rules: ['send/gateway-error-not-final'],
  },
  {
    name: 'render writes into the message it was given',
    subject: broken(({ render }) => ({
      render(message) {
        if (message.content.kind === 'reaction') Object.assign(message, { id: 'mine' });
        return render(message);
      },
    })),
    rules: ['render/losses-named', 'render/reaction', 'render/text-within-limit', 'send/every-kind-one-call'],
  },
  {
    name: 'verify throws where the header is missing',
    subject: broken(({ verify }) => ({
      verify(request) {
        if (request.method === 'POST' && request.headers['x-hub-signature-256'] === undefined)
          throw new Error('no header');
        return verify(request);
      },
    })),
    rules: ['signature/missing'],
  },
];

describe('the conformance kit', () => {
  for (const mistake of mistakes)
    it(`notices that ${mistake.name}`, async function () {
      this.timeout(120_000);
      assert.deepEqual([...(await failing(mistake.subject))].sort(), [...mistake.rules].sort());
    });

  it('reports an exemption as skipped, with its reason', async () => {
    const exempt = { 'text/emoji': 'the platform has no emoji' };
    const results: RuleResult[] = [];
    for await (const result of runRules({ ...subject, exempt }, ['text/emoji'])) results.push(result);
    assert.deepEqual(results, [
      { name: 'text/emoji', group: 'text', ok: true, skipped: true, detail: 'the platform has no emoji' },
    ]);
  });

  it('refuses an exemption from a rule that does not exist', async () => {
    const exempt = { 'text/emojis': 'renamed' };
    assert.deepEqual(await failing({ ...subject, exempt }, ['subject']), ['subject/exemptions-named']);
  });

  it('needs no test runner and nothing of the tests', async () => {
    const folder = new URL('../../../src/kit/', import.meta.url);
    const files = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.ts'));
    for (const name of files) {
      const text = await readFile(new URL(name, folder), 'utf8');
      assert.doesNotMatch(text, /from '(?:mocha|[./]*\/test\/)/, name);
    }
    assert.ok(files.length > 10);
  });
});
