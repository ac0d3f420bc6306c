import assert from 'node:assert/strict';
import { insteadOf } from '../../src/delivery/fallback.ts';
import type { FailureCause } from '../../src/storage/send-queue.ts';
import { outboundMessage } from '../support/messages.ts';

const WINDOW = { name: 'come_back', language: 'en' };
const FAILED = { name: 'try_again', language: 'de' };
const window = { check: true, fallbackTemplate: WINDOW };
const onFailed = { template: FAILED };
const NO_WINDOW = { check: true, fallbackTemplate: null };
const NOTHING = { template: null };

describe('what goes out in place of another', () => {
  const CASES: readonly [string, FailureCause, string, Parameters<typeof insteadOf>[1], string | null][] = [
    ['too late', 'window', 'window-closed', { window, onFailed }, WINDOW.name],
    ['too late, told afterwards', 'late', 'window-closed', { window, onFailed }, WINDOW.name],
    ['not delivered', 'late', 'unreachable', { window, onFailed }, FAILED.name],
    ['too late without its own template', 'window', 'window-closed', { window: NO_WINDOW, onFailed }, null],
    [
      'told so afterwards without its own',
      'late',
      'window-closed',
      { window: NO_WINDOW, onFailed },
      FAILED.name,
    ],
    ['not delivered, nothing configured', 'late', 'unreachable', { window, onFailed: NOTHING }, null],
    ['nothing configured', 'late', 'window-closed', { window: NO_WINDOW, onFailed: NOTHING }, null],
  ];
  for (const [name, cause, code, policy, expected] of CASES) {
    it(`${name}: ${expected ?? 'nothing'}`, () => {
      const message = outboundMessage({ cause: 'in-1', replyTo: 'p1' });
      const instead = insteadOf({ cause, code, message }, policy, () => 'new');
      const content = instead?.content;
      assert.equal(content?.kind === 'template' ? content.name : null, expected);
      if (instead === null) return;
      assert.deepEqual([instead.id, instead.cause, instead.address], ['new', 'in-1', message.address]);
    });
  }
  it('is nothing for what says nothing by itself, or was approved', () => {
    for (const content of [
      { kind: 'template', name: 'a', language: 'en', parameters: [] },
      { kind: 'typing', active: true },
      { kind: 'read', target: 'p1' },
    ] as const) {
      const failed = { cause: 'late', code: 'window-closed', message: outboundMessage({ content }) } as const;
      assert.equal(
        insteadOf(failed, { window, onFailed }, () => 'new'),
        null,
      );
    }
  });
});
