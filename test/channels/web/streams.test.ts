import assert from 'node:assert/strict';
import { streams } from '../../../src/channels/web/streams.ts';
import { said } from './support.ts';

describe('web chat: streams', () => {
  const push = (seq: number) => ({ seq, id: `d${seq}`, wire: said('c', 'x'), at: 0 });
  const seqs = (of: ReturnType<typeof streams>, conversation: string) =>
    of.recent(conversation).map(({ seq }) => seq);

  it('remembers what was pushed of late, each once', () => {
    let now = 0;
    const open = streams(() => now);
    for (const seq of [1, 2, 1]) open.push('c', push(seq));
    assert.deepEqual(seqs(open, 'c'), [2, 1]);
    now = 30_000;
    open.push('other', push(3));
    assert.deepEqual(seqs(open, 'c'), []);
  });

  it('forgets the oldest where there is too much of it', () => {
    const open = streams(() => 0);
    for (let seq = 1; seq <= 100; seq++) open.push('busy', push(seq));
    assert.equal(seqs(open, 'busy').length, 64);
    for (let n = 0; n < 9_936; n++) open.push(`c${n}`, push(n));
    assert.equal(seqs(open, 'busy').length, 64);
    open.push('one more', push(1));
    assert.equal(seqs(open, 'busy').length, 0);
    assert.equal(seqs(open, 'c0').length, 1);
  });

  it('counts the connections of a visitor, each once', () => {
    const open = streams(() => 0);
    const got: number[] = [];
    const stream = {
      conversation: 'c',
      visitor: 'v',
      push: ({ seq }: { seq: number }) => void got.push(seq),
    };
    open.add(stream);
    open.add(stream);
    open.push('c', push(1));
    assert.deepEqual([open.size, open.ofVisitor('v'), got], [1, 1, [1]]);
    open.remove(stream);
    open.remove(stream);
    open.push('c', push(2));
    assert.deepEqual([open.size, open.ofVisitor('v'), got], [0, 0, [1]]);
  });
});
