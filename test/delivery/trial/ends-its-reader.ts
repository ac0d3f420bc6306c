/** A replay on a data folder, of a record whose reading ends the process; what became of it, where that does not. */
import pino from 'pino';
import type { Mounted } from '../../../src/compose/channels.ts';
import { startOperations } from '../../../src/compose/operations.ts';
import { logRecord, readRecord } from '../../support/messages.ts';
import { openStorage } from '../../support/storage.ts';
import { until } from '../../support/wait.ts';

const OPERATION = 'replay';
const mounted = { known: () => ({ channel: { parse: () => process.exit(3) } }) } as unknown as Mounted;

const [dir = ''] = process.argv.slice(2);
const storage = await openStorage(dir);
const { store, log } = storage;
if ((await store.operation(OPERATION)) === null) {
  const { id, at } = logRecord();
  const appended = await log.append(logRecord({ id, at }));
  if (!appended.ok) throw new Error(appended.reason);
  const from = await store.position();
  const place = { segment: 1, offset: 0 };
  const record = readRecord([{ kind: 'unreadable', reason: 'no', at: '' }], place, { id, at });
  await store.accept({ from, next: { segment: 1, offset: 1 }, records: [record] });
  const target = { kind: 'filter', filter: {}, limit: null } as const;
  const asked = { kind: 'replay', target, force: false, rate: 50, note: null } as const;
  await store.startOperation(asked, { id: OPERATION, who: 'olga', key: null, digest: '' });
}
const logger = pino({ level: 'silent' });
const fail = (error: Error): void => {
  throw error;
};
const operations = startOperations({ storage, mounted, logger, crash: () => {}, onFatal: fail });
await until(async () => (await store.operation(OPERATION))?.state === 'done', 'the end of the replay');
const { state, refusals = [] } = (await store.operation(OPERATION)) ?? {};
process.stdout.write(JSON.stringify({ state, refusals: refusals.map(({ why }) => why) }));
await operations[Symbol.asyncDispose]();
await storage[Symbol.asyncDispose]();
