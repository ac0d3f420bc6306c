import assert from 'node:assert/strict';
import { testChannel } from '../support/channel.ts';
import { deliveryBench, POLICY, textTo } from '../support/delivery.ts';
import { until } from '../support/wait.ts';

describe('a platform that takes long to answer', () => {
  it('gives its slot to others meanwhile, where there is but one', async () => {
    const bench = await deliveryBench();
    let asked = false;
    const answering = Promise.withResolvers<void>();
    try {
      const [slow, quick] = [testChannel('test'), testChannel('other')];
      const channel = {
        ...slow.channel,
        async send(...args: Parameters<typeof slow.channel.send>) {
          asked = true;
          await answering.promise;
          return slow.channel.send(...args);
        },
      };
      bench.outlets.set('test', { channel, idempotent: false, policy: POLICY });
      bench.outlets.set('other', { channel: quick.channel, idempotent: false, policy: POLICY });
      bench.start({ width: 1 });
      const waiting = textTo('alice', 'waits');
      const others = [textTo('bob', 'one', 'other'), textTo('carol', 'two', 'other')];
      await bench.ask(waiting);
      await until(() => asked, 'the slow platform to be asked');
      await bench.ask(...others);
      for (const other of others) assert.equal((await bench.ended(other)).view.state, 'sent');
      assert.equal((await bench.traceOf(waiting)).view.state, 'open');
      answering.resolve();
      assert.equal((await bench.ended(waiting)).view.state, 'sent');
    } finally {
      answering.resolve();
      await bench[Symbol.asyncDispose]();
    }
  });
});
