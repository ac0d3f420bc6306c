/** A whole hub and a person who writes in several short messages. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ALL_ROLES } from '../../src/hub.ts';
import { hubFolder, startOn } from '../support/hub.ts';

const CHANNEL = 'support-whatsapp';
const PERSON = '15550100078';
const LANGUAGES = 'languages: [en, es, de, fr]';
const NO_WORK = { ...ALL_ROLES, pipeline: false, delivery: false };

function hubWith(burst: string): { readonly 'hub.yaml': string } {
  const text = readFileSync(new URL('../../config/hub.yaml', import.meta.url), 'utf8');
  assert.ok(text.includes(LANGUAGES));
  return { 'hub.yaml': text.replace(LANGUAGES, `${LANGUAGES}\n    burst: ${burst}`) };
}

const ROADS = [
  {
    burst: '{ policy: debounce, quiet: 50ms }',
    says: ['We are open.'],
    text: 'what are your\nopening\nopening hours',
    reason: /^joined into /,
  },
  {
    burst: '{ policy: latest }',
    says: ['We are open.'],
    text: 'opening hours',
    reason: /^a newer one came: /,
  },
] as const;

describe('a person who writes in several messages', () => {
  for (const { burst, says, text, reason } of ROADS) {
    it(`with ${burst} gets one answer, also when the hub was started anew in between`, async () => {
      using folder = hubFolder(hubWith(burst));
      {
        await using hub = await startOn(folder, { roles: NO_WORK });
        for (const words of ['what are your', 'opening', 'opening hours']) {
          const webhook = hub.draft(CHANNEL, 'text', { from: PERSON, text: words });
          assert.equal((await hub.post(CHANNEL, webhook)).status, 200);
        }
        await hub.hub.settled();
      }
      await using hub = await startOn(folder);
      const { inbound } = await hub.idle();
      assert.deepEqual([inbound.done, inbound.difference], [3, 0]);
      assert.deepEqual(
        (await hub.received()).flatMap(call => call.text ?? []),
        says,
      );
      const views = await hub.messages('?direction=inbound');
      const [first, second, last] = views;
      assert.ok(first && second && last);
      for (const { state, reason: why } of [first, second]) {
        assert.equal(state, 'dropped');
        assert.match(why ?? '', reason);
        assert.ok(why?.endsWith(last.id));
      }
      assert.equal(last.state, 'done');
      const content = last.message?.content;
      assert.equal(content?.kind === 'text' ? content.text : null, text);
    });
  }
});
