/** The conformance kit as mocha tests: one for each rule. */
import assert from 'node:assert/strict';
import { checkRule } from '../../src/kit/rule.ts';
import { rulesFor } from '../../src/kit/run.ts';
import type { Subject } from '../../src/kit/subject.ts';

export function channelConformance(subject: Subject): void {
  describe(`conformance of ${subject.definition.type}`, () => {
    for (const rule of rulesFor(subject))
      it(rule.name, async function () {
        this.timeout(60_000);
        const { ok, skipped, detail } = await checkRule(rule, subject);
        if (skipped) {
          // Loudly: a rule that does not apply has a written reason.
          console.log(`      skipped ${rule.name}: ${detail}`);
          this.skip();
        }
        assert.ok(ok, detail);
      });
  });
}
