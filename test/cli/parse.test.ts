/** `patchbay parse`: every recording of every platform, and bodies that are none. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitions } from '../../src/channels/index.ts';
import { readRecordings } from '../../src/kit/recordings.ts';
import type { Recording } from '../../src/kit/subject.ts';
import type { InboundEvent } from '../../src/message/event.ts';
import { platformOf } from '../../src/sandbox/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { patchbay } from './support.ts';

const bodyOf = ({ request: { body } }: Recording): string =>
  typeof body === 'string' ? body : JSON.stringify(body);

const shape = (event: InboundEvent): string =>
  event.kind === 'message' ? `message ${event.message.id} ${event.message.content.kind}` : event.kind;

/** `parse` takes the account from the body, so nothing is another's there. */
const isForAnother = ({ events }: Recording): boolean =>
  events.every(event => event.kind === 'ignored' && /\banother\b/.test(event.reason));

const text = (body: string) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '100000000000001',
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product: 'whatsapp',
            metadata: { phone_number_id: '200000000000001' },
            messages: [
              { from: '15550100001', id: 'wamid.1', timestamp: '1700000000', type: 'text', text: { body } },
            ],
          },
        },
      ],
    },
  ],
});

describe('patchbay parse', () => {
  for (const { type } of definitions) {
    const folder = new URL(`../channels/${type}/inbound/`, import.meta.url);
    if (!existsSync(folder) || platformOf(type) === undefined) continue;
    it(`reads every recording of ${type} as the adapter does`, async () => {
      const wrong: string[] = [];
      const recordings = readRecordings(folder).filter(recording => !isForAnother(recording));
      assert.ok(recordings.length > 10);
      for (const recording of recordings) {
        const { code, out, err } = await patchbay(['parse', type, '-'], { input: bodyOf(recording) });
        const got = code === 0 ? (JSON.parse(out) as InboundEvent[]).map(shape) : [`exit ${code} ${err}`];
        const want = recording.events.map(shape);
        if (JSON.stringify(got) !== JSON.stringify(want)) wrong.push(`${recording.name}: ${got} != ${want}`);
      }
      assert.deepEqual(wrong, []);
    });
  }

  it('reads a file, and writes nothing but the array', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'body.json'), JSON.stringify(text('hi')));
    const { code, out, err } = await patchbay(['parse', 'whatsapp', 'body.json'], { cwd: folder.path });
    assert.deepEqual([code, err], [0, '']);
    const events = JSON.parse(out) as InboundEvent[];
    assert.equal(events.length, 1);
    assert.equal(events[0]?.kind === 'message' && events[0].message.address.conversation, '15550100001');
  });

  it('takes a kind nobody knows: exit 0', async () => {
    const input = JSON.stringify({
      type: 'event_callback',
      team_id: 'T1',
      api_app_id: 'A1',
      event: { type: 'x' },
    });
    const { code, out } = await patchbay(['parse', 'slack', '-'], { input });
    assert.equal(code, 0);
    assert.ok(Array.isArray(JSON.parse(out)));
  });

  for (const [what, input] of [
    ['text', 'hello there'],
    ['nothing', ''],
    ['bytes', Buffer.from([0, 1, 2, 0xff])],
    ['XML', '<xml/>'],
    ['broken JSON', '{"object": '],
    ['a list', '[1, 2]'],
    ['another platform’s JSON', '{"hello": "world"}'],
  ] as const) {
    it(`refuses ${what} with a message and exit 1`, async () => {
      const { code, out, err } = await patchbay(['parse', 'whatsapp', '-'], { input });
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /^error: .+\n$/);
    });
  }

  it('never quotes a body it cannot read', async () => {
    const { err } = await patchbay(['parse', 'whatsapp', '-'], { input: '{"object": "s3cret" canary' });
    assert.doesNotMatch(err, /s3cret|canary/);
  });

  it('says which types there are, and which was meant: exit 2', async () => {
    const { code, err } = await patchbay(['parse', 'whatsap', '-']);
    assert.equal(code, 2);
    assert.match(err, /Did you mean whatsapp\?.*slack/);
  });

  it('says that a file is not there: exit 2', async () => {
    const { code, err } = await patchbay(['parse', 'slack', 'nowhere.json']);
    assert.deepEqual([code, err], [2, 'error: nowhere.json cannot be read: ENOENT\n']);
  });
});
