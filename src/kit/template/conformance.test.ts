/** The rules of the channel contract as tests of Node's own runner: `node --test`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runRules } from 'patchbay/kit';
import { subject } from './testing.ts';

test('conforms to the channel contract', async t => {
  for await (const { name, ok, detail } of runRules(subject)) await t.test(name, () => assert.ok(ok, detail));
});
