/** `trigger`, `trace` and `ledger` against a real hub: the journey of a message as it is told to people and programs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TraceWithRaw } from '../../src/cli/offline.ts';
import type { Report } from '../../src/cli/trigger/report.ts';
import type { Ledger } from '../../src/storage/look-up.ts';
import { until } from '../support/wait.ts';
import { BIN, type HubProcess, patchbay, startHubProcess } from './support.ts';

type Told = Report & { readonly ok: boolean; readonly problems: readonly string[] };

describe('the command line beside a hub', function () {
  this.timeout(60_000);
  let hub: HubProcess;
  before(async () => {
    hub = await startHubProcess();
  });
  after(() => hub[Symbol.asyncDispose]());

  const books = () => hub.json<Ledger>('ledger');
  const lines = (out: string): readonly string[] => out.trimEnd().split('\n');

  it('tells the journey of a WhatsApp text, to what the platform got', async () => {
    const { code, out } = await hub.run('trigger', 'whatsapp.text', '--set', 'text=Where is order 4711?');
    assert.equal(code, 0);
    const [post, accepted, stages, words, reply, ...rest] = lines(out);
    assert.match(
      post ?? '',
      /^POST {5}\/webhooks\/support-whatsapp {2}signed, \d+ bytes -> 200 in [\d.]+ m?s$/,
    );
    assert.match(accepted ?? '', /^accepted [0-9a-f-]{36}$/);
    assert.match(
      stages ?? '',
      /^stages {3}validate .+ms > normalize .+ms > process .+ms > enrich .+ms > ai .+ms > deliver .+s$/,
    );
    assert.match(words ?? '', /^in {7}"Where is order 4711\?" {2}language en/);
    assert.match(reply ?? '', /^out {6}"Order 4711 is packed.*" {2}(?:delivered|read) {2}wamid\.\S+$/);
    assert.deepEqual(rest, []);
  });

  for (const [kind, inside] of [
    ['slack.text', /"Order 4711.*" {2}sent {2}D\w+:\d+\.\d+/],
    ['slack.mention', /^out/m],
    // Slack's slash commands tell no time in the body: it is the one they were signed at.
    ['slack.command', /^in {7}command "\/ticket"/m],
    ['slack.button', /^in {7}button "order"/m],
    ['slack.reaction', /^out {6}no reply$/m],
    ['slack.own-message', /^ignored {2}own message$/m],
    ['slack.url-verification', /^answer {3}"\w+"$/m],
    ['web.text', /"Order 4711.*" {2}sent {2}[0-9a-f-]{36}/],
    ['web.read', /^receipt {2}read for frame-/m],
    ['web.batch', /^[0-9a-f-]{36}-2 {2}done {2}"Message three"/m],
    ['whatsapp.image', /^in {7}image\/png/m],
    ['whatsapp.failed', /^receipt {2}failed for wamid\./m],
    ['whatsapp.template-status', /^ignored {2}the field message_template_status_update$/m],
  ] as const) {
    it(`tells the journey of ${kind}`, async () => {
      const { code, out, err } = await hub.run('trigger', kind);
      assert.match(out, inside);
      assert.deepEqual([code, /error/.test(err)], [0, false], err);
    });
  }

  for (const [kind, inside] of [
    ['slack.edit', /^in {7}edit /m],
    ['slack.delete', /^in {7}deletion$/m],
    ['teams.delete', /^in {7}deletion$/m],
    ['messenger.edit', /^in {7}edit /m],
    ['whatsapp.revoke', /^in {7}deletion$/m],
    ['web.edit', /^in {7}edit /m],
  ] as const) {
    it(`says a text before ${kind}, which speaks of it`, async () => {
      const { code, out, err } = await hub.run('trigger', kind);
      assert.match(out, inside);
      assert.match(err, /^It speaks of a message/m);
      assert.equal(code, 0, err);
    });
  }

  it('says one before each of several', async () => {
    const before = (await books()).inbound.accepted;
    const told = await hub.json<Told>('trigger', 'slack.edit', '--count', '3');
    assert.deepEqual(
      told.journeys.map(({ trace }) => trace?.inbound?.state),
      ['done', 'done', 'done'],
    );
    assert.equal((await books()).inbound.accepted, before + 6);
  });

  it('says nothing before what speaks of a message that is named', async () => {
    const { id } = (await hub.json<Told>('trigger', 'whatsapp.text')).journeys[0] ?? {};
    const { code, err } = await hub.run('trigger', 'whatsapp.edit', '--set', `to=${id}`);
    assert.equal(code, 0, err);
    assert.doesNotMatch(err, /speaks of a message/);
  });

  it('gives all of it as JSON, and nothing else on standard output', async () => {
    const told = await hub.json<Told>('trigger', 'whatsapp.text');
    assert.deepEqual([told.ok, told.problems, told.channel], [true, [], 'support-whatsapp']);
    const [journey] = told.journeys;
    const delivery = journey?.trace?.outbound[0]?.deliveries[0];
    assert.equal(delivery?.state, 'sent');
    // Two accounts of one message: the hub's and the platform's.
    const received = journey?.received[delivery?.id ?? ''];
    assert.deepEqual([received?.platformId, received?.marker], [delivery?.platformId, delivery?.id]);
  });

  it('writes plain lines into a pipe, from a process of its own', async () => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [BIN, 'trigger', 'web.text', '-q'],
      {
        cwd: hub.cwd,
        env: { ...hub.env, PATH: '/usr/bin' },
      },
    );
    assert.equal(stderr, '');
    assert.match(stdout, /^POST {5}\/webhooks\/site-chat/);
    assert.ok(!stdout.includes('\u001b'));
  });

  for (const [kind, what] of [
    ['whatsapp.text', 'signature'],
    ['whatsapp.text', 'body'],
    ['slack.text', 'signature'],
    ['slack.text', 'timestamp'],
    ['web.text', 'timestamp'],
  ] as const) {
    it(`shows that ${kind} with a spoiled ${what} is refused: exit 1, nothing kept`, async () => {
      const before = await books();
      const { code, out, err } = await hub.run('trigger', kind, '--tamper', what);
      assert.equal(code, 1);
      assert.match(out, /^POST .* -> 401 in /);
      assert.match(err, /^error: 401 refused/);
      assert.deepEqual((await books()).inbound, before.inbound);
    });
  }

  it('says where a platform signs no such thing: exit 2', async () => {
    const { code, out, err } = await hub.run('trigger', 'whatsapp.text', '--tamper', 'timestamp');
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /whatsapp signs no timestamp/);
  });

  it('sends several different ones, at a pace as well', async () => {
    const before = await books();
    const told = await hub.json<Told>('trigger', 'slack.text', '--count', '3');
    assert.deepEqual([told.ok, told.journeys.length], [true, 3]);
    const { code, out, err } = await hub.run('trigger', 'whatsapp.text', '--count', '3', '--rate', '50');
    assert.equal(code, 0);
    assert.match(out, /3 times, signed -> 3 x 200; half within/);
    assert.match(err, /^3 messages: 3 done$/m);
    const after = await books();
    assert.equal(after.inbound.accepted - before.inbound.accepted, 6);
    assert.equal(after.duplicates, before.duplicates);
  });

  it('sends the same one twice, which is worked on once', async () => {
    const before = await books();
    const { code, out } = await hub.run('trigger', 'whatsapp.text', '--duplicate', '2');
    assert.equal(code, 0);
    assert.match(out, /2 times, signed -> 2 x 200/);
    assert.match(out, /^again {4}the hub counted 1 duplicate$/m);
    const after = await books();
    assert.equal(after.duplicates - before.duplicates, 1);
    assert.equal(after.inbound.accepted - before.inbound.accepted, 1);
  });

  it('sends a raw body; one that was sent before is said to be a duplicate', async () => {
    const file = join(hub.cwd, 'said.json');
    const message = { id: 'frame-of-a-file', type: 'text', text: 'hello' };
    writeFileSync(file, JSON.stringify({ visitor: { id: 'v' }, time: Date.now(), messages: [message] }));
    const first = await hub.run('trigger', 'web', '--file', file);
    assert.match(first.out, /^in {7}"hello"/m);
    assert.doesNotMatch(first.out, /duplicate/);
    const again = await hub.run('trigger', 'web', '--file', file);
    assert.match(again.out, /a duplicate; this is what became of the first/);
  });

  it('says that a body nobody can read is quarantined: exit 1, with the id of the dead letter', async () => {
    const file = join(hub.cwd, 'odd.json');
    writeFileSync(file, '{"hello": "world"}');
    const { code, out, err } = await hub.run('trigger', 'whatsapp', '--file', file);
    assert.equal(code, 1);
    assert.match(err, /^error: quarantined as a dead letter: /);
    const [, id = ''] = /^dead {5}([0-9a-f-]{36}) {2}unreadable/m.exec(out) ?? [];
    const traced = await hub.run('trace', id);
    assert.equal(traced.code, 0);
    assert.match(traced.out, /dead letter[\s\S]*"hello": "world"/);
  });

  it('says that a message was rejected by the pipeline: exit 1', async () => {
    const file = join(hub.cwd, 'ancient.json');
    const message = { id: 'frame-ancient', type: 'text', text: 'hello' };
    writeFileSync(file, JSON.stringify({ visitor: { id: 'v' }, time: 1, messages: [message] }));
    const { code, out, err } = await hub.run('trigger', 'web', '--file', file);
    assert.equal(code, 1);
    assert.match(out, /^state {4}dead letter {2}validate\/schema/m);
    assert.match(err, /a dead letter: validate\/schema/);
  });

  it('only sends with --no-wait', async () => {
    const { code, out } = await hub.run('trigger', 'web.text', '--no-wait');
    assert.equal(code, 0);
    assert.equal(lines(out).length, 1);
  });

  it('says that a reply was refused by the platform: exit 1', async () => {
    const { sandbox } = runFile(hub);
    const weather = (rules: unknown) =>
      fetch(`${sandbox}/_sandbox/scenario`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ rules }),
      });
    await weather([{ match: { type: 'slack' }, do: { kind: 'refuse', code: 'is_archived' } }]);
    try {
      const { code, out, err } = await hub.run('trigger', 'slack.text');
      assert.equal(code, 1);
      assert.match(out, /dead letter {2}\S+ \(is_archived/);
      assert.match(err, /^error: the reply [0-9a-f-]+ is a dead letter: /m);
    } finally {
      await weather([]);
    }
  });

  it('says what is still on its way when the time is up: exit 1', async () => {
    // Slack takes one message a second in a conversation: the last of these waits for longer than that.
    const { code, err } = await hub.run(
      ...['trigger', 'slack.text', '--set', 'channel=D0SLOW', '--count', '20', '--timeout', '1'],
    );
    assert.equal(code, 1);
    assert.match(err, /^error: \d+ of 20 are still on the way; "patchbay trace [0-9a-f-]+"/m);
  });

  describe('patchbay trace', () => {
    it('finds a message by each of its ids, of either direction', async () => {
      const told = await hub.json<Told>('trigger', 'whatsapp.text');
      const trace = told.journeys[0]?.trace;
      const out = trace?.outbound[0];
      const delivery = out?.deliveries[0];
      const ids = [
        trace?.inbound?.id,
        trace?.inbound?.platformIds[0],
        out?.view.id,
        delivery?.id,
        delivery?.platformId,
      ];
      for (const id of ids) {
        const found = await hub.json<TraceWithRaw>('trace', String(id));
        assert.equal(found.inbound?.id, trace?.inbound?.id, `by ${id}`);
        assert.match(found.raw?.body ?? '', /whatsapp_business_account/);
      }
    });

    it('prints the request, the stages, the send, its attempts and receipts, in order', async () => {
      const told = await hub.json<Told>('trigger', 'whatsapp.text', '--set', 'text=hi');
      const { code, out } = await hub.run('trace', told.journeys[0]?.trace?.inbound?.id ?? '');
      assert.equal(code, 0);
      assert.match(
        out,
        /^inbound [\s\S]+\nrequest\n {2}content-type: application\/json\n[\s\S]+"body": "hi"[\s\S]+\nstages\n {2}validate[\s\S]+\noutbound [\s\S]+ delivery 1 [\s\S]+attempt 1 [\s\S]+receipt +sent\n[\s\S]+receipt +delivered\n/,
      );
      assert.doesNotMatch(out, /x-hub-signature|sha256=/);
    });

    it('prints a message that the API asked for', async () => {
      const { url } = runFile(hub);
      const token = readFileSync(join(hub.data, 'api-token'), 'utf8').trim();
      const content = { kind: 'text', text: 'It has left the warehouse.' };
      const sent = await fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ channel: 'site-chat', conversation: 'visitor-ada', content }),
      });
      const { id } = (await sent.json()) as { id: string };
      const { code, out } = await hub.run('trace', id);
      assert.equal(code, 0);
      assert.match(out, /^asked for over the API\n\noutbound {2}[\s\S]+"It has left the warehouse\."/);
    });

    it('says that there is no such message: exit 1', async () => {
      const { code, out, err } = await hub.run('trace', 'wamid.nobody/knows=');
      assert.deepEqual([code, out, err], [1, '', 'error: there is no message wamid.nobody/knows=\n']);
    });
  });

  it('prints the books, which add up', async () => {
    await until(async () => (await books()).inbound.inFlight === 0, 'the last message');
    const { inbound, outbound } = await books();
    assert.deepEqual([inbound.difference, outbound.difference], [0, 0]);
    const { code, out } = await hub.run('ledger', '--recount');
    assert.equal(code, 0);
    assert.match(out, /accepted +done +dead +parked +in flight +difference\ninbound +\d+/);
  });

  it('is told that the token is another one', async () => {
    const env = { ...hub.env, PATCHBAY_API_TOKEN: 'another-token-of-the-api' };
    const { code, err } = await patchbay(['trigger', 'web.text'], { env, cwd: hub.cwd });
    assert.equal(code, 1);
    assert.match(err, /the hub answered 401: its token is another one/);
  });
});

describe('the command line after the hub has stopped', function () {
  this.timeout(60_000);

  it('reads traces and books from the database, and sends nothing', async () => {
    await using hub = await startHubProcess();
    const told = await hub.json<Told>('trigger', 'slack.text');
    const running = told.journeys[0]?.trace;
    await hub.stop();
    const traced = await hub.run('--json', 'trace', running?.outbound[0]?.deliveries[0]?.platformId ?? '');
    assert.equal(traced.code, 0);
    assert.match(traced.err, /The hub is not running: read from .*hub\.db/);
    const stopped = JSON.parse(traced.out) as TraceWithRaw;
    assert.deepEqual([stopped.inbound, stopped.raw], [running?.inbound, running?.raw]);
    const ledger = await hub.run('--json', 'ledger');
    assert.equal((JSON.parse(ledger.out) as Ledger).inbound.done, 1);
    assert.equal((await hub.run('trace', 'nobody')).code, 1);
    assert.equal((await hub.run('trigger', 'slack.text')).code, 3);
  });
});

const runFile = (hub: HubProcess): { readonly url: string; readonly sandbox: string } =>
  JSON.parse(readFileSync(join(hub.data, 'run.json'), 'utf8'));
