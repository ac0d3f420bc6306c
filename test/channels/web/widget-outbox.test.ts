/** What waits in the widget, told about lines that break. Browser code, read as it is: what is used knows no DOM. */
import assert from 'node:assert/strict';

type Delivered =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly again: boolean; readonly error: object };

interface Module {
  outbox(options: {
    readonly memory: { readonly entries: readonly object[]; save(): void };
    deliver(): Promise<Delivered>;
    changed(): void;
  }): { pump(): Promise<void> };
}

const lost = { ok: false, again: true, error: { code: 'unavailable', message: 'line lost' } } as const;

describe('web chat: what the widget has yet to send', () => {
  it('goes out on the new line though the old one is given up only afterwards', async () => {
    // Not by name: the compiler would read the widget without a browser's types.
    const { outbox }: Module = await import(new URL('../../../widget/outbox.ts', import.meta.url).href);
    const entry = { who: 'me', id: 'f1', at: 0, frame: { id: 'f1', type: 'text' }, state: 'sending' };
    const old = Promise.withResolvers<Delivered>();
    let calls = 0;
    const box = outbox({
      memory: { entries: [entry], save() {} },
      deliver: () => (++calls === 1 ? old.promise : Promise.resolve({ ok: true, value: null })),
      changed() {},
    });
    const first = box.pump();
    await box.pump();
    old.resolve(lost);
    await first;
    assert.deepEqual([entry.state, calls], ['delivered', 2]);
  });
});
