/** An event loop that stands still: told with how long and where, in the pipeline's thread and in the main one. */
import assert from 'node:assert/strict';
import pino from 'pino';
import { stallBook } from '../../src/telemetry/stalls/book.ts';
import { attachTo, hubFolder, testHub } from '../support/hub.ts';
import { startProcess } from '../support/hub-process.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const trial = { module: new URL('../pipeline/trial/processors.ts', import.meta.url).href };
const BURNS = new URL('./support/burns.ts', import.meta.url).href;
/** A stall before, as while everything is compiled, may have had the one look that ten seconds allow. */
const PATIENCE_MS = 50_000;

describe('an event loop that stands still', function () {
  this.timeout(120_000);

  it('in the pipeline: health names the place, and the message is answered all the same', async () => {
    await using hub = await testHub({}, { trial, stalls: stallBook(pino({ level: 'silent' })) });
    let said = 0;
    await until(
      async () => {
        const webhook = hub.draft(CHANNEL, 'text', { from: '15550100001', text: `burn: my words ${said}` });
        assert.equal((await hub.post(CHANNEL, webhook)).status, 200);
        said++;
        await hub.idle();
        return hub.hub.health().warnings.some(warning => warning.includes('burnAway test/pipeline/trial/'));
      },
      'the place to be named',
      PATIENCE_MS,
    );
    const { warnings, ready } = hub.hub.health();
    assert.equal(ready, true);
    const warning = warnings.find(one => one.startsWith('event_loop_stalled: ')) ?? '';
    assert.match(
      warning,
      /; seen: pipeline, \d+ ms, in burnAway test\/pipeline\/trial\/processors\.ts:\d+ < obey /,
    );
    assert.ok(!warning.includes('my words'));
    const stoodFor = Number(/the longest (\d+) ms/.exec(warning)?.[1]);
    assert.ok(stoodFor >= 600, warning);
    assert.equal((await hub.received()).length, said);
  });

  it('in the main thread: the log and health name the place, and how late it turns is measured', async () => {
    using folder = hubFolder();
    await using child = startProcess(folder, { NODE_OPTIONS: `--import ${BURNS}` });
    const hub = attachTo(folder, await child.listening());
    const health = async () => (await hub.api('/readyz')).body;
    await until(async () => (await health()).eventLoop !== null, 'the watch to begin');
    assert.equal(typeof (await health()).eventLoop.p99Ms, 'number');
    await until(
      async () => {
        child.signal('SIGUSR2');
        await new Promise(resolve => setTimeout(resolve, 1_500));
        return (await health()).warnings.some((warning: string) =>
          warning.includes('burnMain test/hub/support/'),
        );
      },
      'the place to be named',
      PATIENCE_MS,
    );
    const { longestMs } = (await health()).eventLoop;
    assert.ok(longestMs >= 600, String(longestMs));
    const said = /an event loop stood still .*"burnMain test\/hub\/support\/burns\.ts:\d+"/;
    await until(() => said.test(child.problems), 'the line in the log');
  });

  it('for ever: said at once, by who watches', async () => {
    using folder = hubFolder();
    await using child = startProcess(folder, { NODE_OPTIONS: `--import ${BURNS}`, BURN_MS: '3600000' });
    const hub = attachTo(folder, await child.listening());
    const isWatched = async () => (await hub.api('/readyz')).body.eventLoop !== null;
    await until(isWatched, 'the watch to begin');
    // Its thread comes up while this one sleeps.
    await new Promise(resolve => setTimeout(resolve, 1_000));
    child.signal('SIGUSR2');
    const said =
      /the main thread has stood still for \d+ ms, in .*burnMain test\/hub\/support\/burns\.ts:\d+/;
    await until(() => said.test(child.problems), 'the watcher to say so', PATIENCE_MS);
  });
});
