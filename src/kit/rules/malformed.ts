/** Bodies that are wrong or hostile: only `Unreadable` may be thrown, and nothing outside is touched. */
import assert from 'node:assert/strict';
import { openChannel, parsed, unsigned } from '../bench.ts';
import { assertValid } from '../events.ts';
import { recordingsOf } from '../recordings.ts';
import { type Rule, rulesOf } from '../rule.ts';
import type { Subject } from '../subject.ts';

/** A rule of bodies none of which can be read. */
const unreadable = (bodies: Readonly<Record<string, string | Uint8Array>>) => (subject: Subject) => {
  const channel = openChannel(subject);
  for (const [name, body] of Object.entries(bodies)) {
    const events = parsed(channel, unsigned({}, Buffer.from(body)));
    assert.equal(events, null, `${name} must be refused as Unreadable`);
  }
};

export const malformedRules: readonly Rule[] = rulesOf('malformed', {
  'not-json': unreadable({ nothing: '', words: 'hello', half: '{"object":', two: '{}{}', comment: '{/**/}' }),
  'not-an-object': unreadable({ list: '[]', null: 'null', number: '7', text: '"text"', true: 'true' }),
  'depth-bomb': unreadable({
    objects: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    lists: `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  }),
  'token-bomb': unreadable({
    numbers: `{"a":[${'0,'.repeat(1_000_000)}0]}`,
    objects: `{"a":[${'{},'.repeat(300_000)}{}]}`,
  }),
  'not-utf8': unreadable({
    lone: Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}')]),
    overlong: Buffer.from([...Buffer.from('{"a":"'), 0xc0, 0xaf, ...Buffer.from('"}')]),
    surrogate: Buffer.from([...Buffer.from('{"a":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]),
    cut: Buffer.from([...Buffer.from('{"a":"'), 0xf0, 0x9f]),
  }),
  'prototype-keys': subject => {
    for (const { name, request: recorded } of recordingsOf(subject)) {
      if (typeof recorded.body !== 'object' || recorded.body === null) continue;
      const body = JSON.stringify(recorded.body).replaceAll('{"', '{"__proto__":{"polluted":true},"');
      const actual = parsed(openChannel(subject), unsigned({ ...recorded, body }));
      assert.equal(
        ({} as { polluted?: unknown }).polluted,
        undefined,
        'the prototype of objects was changed',
      );
      const untouched = parsed(openChannel(subject), unsigned(recorded));
      assert.deepStrictEqual(actual, untouched, `a __proto__ key changed ${name}`);
    }
  },
  'emptied-values': subject => {
    for (const { name, request: recorded } of recordingsOf(subject)) {
      if (typeof recorded.body !== 'object' || recorded.body === null) continue;
      for (const value of [null, '', 0, [], {}, 'constructor', -1e308]) {
        const body = JSON.parse(JSON.stringify(recorded.body), (_key, field) =>
          typeof field === 'object' ? field : value,
        );
        const events = parsed(openChannel(subject), unsigned({ ...recorded, body }));
        if (events !== null) assertValidNamed(events, `${name} with ${JSON.stringify(value)} everywhere`);
      }
    }
  },
});

function assertValidNamed(events: Parameters<typeof assertValid>[0], name: string): void {
  try {
    assertValid(events);
  } catch (error) {
    assert.fail(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}
