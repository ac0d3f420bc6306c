/** Any input at all, made up by fast-check: a failure prints its seed and the smallest example. */
import assert from 'node:assert/strict';
import type { Arbitrary } from 'fast-check';
import { openChannel, parsed, unsigned, verdict } from '../bench.ts';
import { assertPlain, assertValid } from '../events.ts';
import { recordingsOf } from '../recordings.ts';
import { type Rule, rulesOf } from '../rule.ts';
import { outbound } from '../samples.ts';
import type { NotApplicable, Subject } from '../subject.ts';
import { rendered } from './render.ts';

type FastCheck = typeof import('fast-check');

/** A development dependency of the adapter's author: without it the group is skipped, and says so. */
const withFastCheck =
  (check: (fc: FastCheck, subject: Subject) => Promise<void> | void) =>
  async (subject: Subject): Promise<NotApplicable | undefined> => {
    const fc = await load();
    if (fc === null) return { none: 'fast-check is not installed' };
    await check(fc, subject);
    return undefined;
  };

async function load(): Promise<FastCheck | null> {
  try {
    return await import('fast-check');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** Readable or not: what comes out is valid, and comes out again. */
function assertTotal(subject: Subject, body: string | Uint8Array, headers?: Record<string, string>): void {
  const request = unsigned(headers === undefined ? {} : { headers }, Buffer.from(body));
  const events = parsed(openChannel(subject), request);
  if (events === null) return;
  assertValid(events);
  assert.deepStrictEqual(parsed(openChannel(subject), request), events, 'not the same the second time');
}

export const propertyRules: readonly Rule[] = rulesOf('properties', {
  'parse-any-json': withFastCheck((fc, subject) => {
    fc.assert(
      fc.property(fc.json(), text => assertTotal(subject, text)),
      { numRuns: 300 },
    );
  }),
  'parse-any-bytes': withFastCheck((fc, subject) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), bytes => assertTotal(subject, bytes)),
      {
        numRuns: 300,
      },
    );
  }),
  'parse-damaged-recordings': withFastCheck((fc, subject) => {
    const recordings = recordingsOf(subject).filter(({ request }) => request.body !== undefined);
    const damaged = fc
      .constantFrom(...recordings)
      .chain(({ request }) =>
        fc.tuple(
          fc.constant(request.headers),
          typeof request.body === 'string' ? damagedText(fc, request.body) : damagedJson(fc, request.body),
        ),
      );
    fc.assert(
      fc.property(damaged, ([headers, body]) => assertTotal(subject, body, headers)),
      { numRuns: 500 },
    );
  }),
  'verify-any-headers': withFastCheck(async (fc, subject) => {
    if ('none' in subject.signature) return;
    const { header } = subject.signature;
    const channel = openChannel(subject);
    const values = fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(values, fc.uint8Array(), async (given, body) => {
        const bare = unsigned({}, body);
        const request = { ...bare, headers: { ...bare.headers, [header]: given } };
        assert.equal((await verdict(channel, request)).ok, false, 'accepted');
      }),
      { numRuns: 300 },
    );
  }),
  'render-any-text': withFastCheck((fc, subject) => {
    const { max } = subject.definition.capabilities.text;
    const markup = fc.constantFrom(
      '*',
      '_',
      '`',
      '```\n',
      '\n\n',
      '> ',
      '- ',
      '[a](https://b.example)',
      '<@U1>',
    );
    const piece = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), markup);
    const text = fc
      .tuple(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }))
      .map(([pieces, times]) => pieces.join(' ').repeat(times === 3 ? 60 : 1));
    fc.assert(
      fc.property(text, words => {
        const result = rendered(openChannel(subject), outbound(subject, { kind: 'text', text: words }));
        assert.ok(result !== null, 'a text was refused');
        assertPlain(result.wires, 'the wires');
        for (const wire of result.wires) assert.ok(subject.read(wire).length <= max, 'a part is too long');
      }),
      { numRuns: 300 },
    );
  }),
});

/** A recording with a few of its values removed or replaced by any JSON. */
const damagedJson = (fc: FastCheck, body: unknown): Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.nat(), fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined })), {
      minLength: 1,
      maxLength: 4,
    })
    .map(damages => {
      let damaged: unknown = structuredClone(body);
      for (const [place, value] of damages) damaged = damage(damaged, place, value);
      return JSON.stringify(damaged) ?? '';
    });

function damage(body: unknown, place: number, value: unknown): unknown {
  let count = 0;
  JSON.stringify(body, (_key, field) => {
    count++;
    return field;
  });
  let at = 0;
  const target = place % Math.max(1, count);
  return JSON.parse(JSON.stringify(body, (_key, field) => (at++ === target ? value : field)) ?? 'null');
}

/** A text with a stretch of it replaced. */
const damagedText = (fc: FastCheck, body: string): Arbitrary<string> =>
  fc
    .tuple(fc.nat(body.length), fc.nat(20), fc.string({ unit: 'binary' }))
    .map(([from, length, text]) => body.slice(0, from) + text + body.slice(from + length));
