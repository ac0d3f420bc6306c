/**
 * That the disk has a webhook before it is answered, and an attempt before it is made: by the calls of the system, in
 * their order. A kill does not show it, since what the system was given outlives the process.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { couldNotRun } from '../support/could-not-run.ts';
import { temporaryFolder } from '../support/folder.ts';
import { attachTo, hubFolder } from '../support/hub.ts';
import { startProcess } from '../support/hub-process.ts';
import { callsIn, canTrace, durableAt, type SystemCall, toldAt, traced } from '../support/system-calls.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const ROUNDS = 4;
const AT_ONCE = 8;
const TITLE = 'a hub, by its calls of the system';

function suite(): void {
  const texts = Array.from({ length: ROUNDS * AT_ONCE }, (_, n) => `mark-${n}-of-the-trace`);
  let calls: readonly SystemCall[];
  let markers: readonly string[];

  before(async function () {
    this.timeout(120_000);
    using trace = temporaryFolder();
    using folder = hubFolder();
    const file = join(trace.path, 'calls');
    await using process = startProcess(folder, {}, traced(file));
    const hub = attachTo(folder, await process.listening());
    await until(async () => (await hub.api('/readyz')).status === 200, 'the hub to be ready');
    for (let round = 0; round < ROUNDS; round++) {
      const together = texts.slice(round * AT_ONCE, (round + 1) * AT_ONCE);
      const answers = together.map(text => hub.post(CHANNEL, hub.draft(CHANNEL, 'text', { text })));
      for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
    }
    await hub.idle();
    markers = (await hub.received()).map(({ marker }) => marker ?? '');
    process.signal('SIGTERM');
    assert.equal(await process.ended, 0);
    calls = await callsIn(file, process.pid);
  });

  it('has a webhook on the disk before it answers', () => {
    for (const text of texts) {
      const asked = calls.find(
        call => call.name === 'read' && call.file === null && call.arguments.includes(text),
      );
      assert.ok(asked !== undefined, text);
      const answered = toldAt(
        calls,
        ({ fd, begun, arguments: given }) =>
          fd === asked.fd && begun > asked.ended && given.includes('HTTP/1.1 200 '),
      );
      const durable = durableAt(calls, /\/journal\/\d+\.journal$/, text);
      assert.ok(asked.ended < durable && durable < answered, `${asked.ended} < ${durable} < ${answered}`);
    }
  });

  it('has an attempt on the disk before it makes it', () => {
    assert.equal(markers.length, texts.length);
    for (const marker of markers) {
      const made = toldAt(
        calls,
        ({ arguments: given }) => given.includes('"POST /whatsapp/') && given.includes(marker),
      );
      const durable = durableAt(calls, /\/redo\//, marker);
      assert.ok(durable < made, `${durable} < ${made}`);
    }
  });
}

if (canTrace()) describe(TITLE, suite);
else couldNotRun(TITLE, 'strace is not installed, or may not follow a process');
