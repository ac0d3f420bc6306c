import assert from 'node:assert/strict';
import { CODES } from '../../src/config/codes.ts';
import { frames as channels } from './frames/channels.ts';
import { frames as keys } from './frames/keys.ts';
import { frames as places } from './frames/places.ts';
import { frames as references } from './frames/references.ts';
import { frames as syntax } from './frames/syntax.ts';
import { frames as values } from './frames/values.ts';
import { check } from './setup.ts';

const FRAMES = [...syntax, ...keys, ...values, ...channels, ...references, ...places];

describe('configuration problems, as an operator reads them', () => {
  for (const { code, name, world, text } of FRAMES) {
    it(`${code} ${CODES[code].title}: ${name}`, () => {
      const checked = check(world);
      assert.equal(`\n${checked.text}\n`, text);
      assert.equal(checked.config, null);
      assert.ok(checked.problems.some(problem => problem.code === code));
      assert.ok(!JSON.stringify(checked.problems).includes('s3cr3t-canary'));
    });
  }

  it('has a frame for every code', () => {
    const shown = new Set(FRAMES.map(frame => frame.code));
    assert.deepEqual([...shown].sort(), Object.keys(CODES).sort());
  });
});
