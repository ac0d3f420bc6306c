/** A data folder brought to have a base, and a redo log that begins behind it. */
import { databaseFiles } from '../../../src/storage/embedded/redo/files.ts';
import { redoFolder } from '../../../src/storage/embedded/redo/segments.ts';
import { openStorage } from '../../support/storage.ts';
import { until } from '../../support/wait.ts';

const COMMITS = 200;
/** A base is made when the log is longer than the database. */
const BALLAST = 'x'.repeat(40_000);

export async function withBase(dir: string): Promise<void> {
  const open = (minBaseBytes: number) =>
    openStorage(dir, {
      redo: { minBaseBytes, settleMs: 0, lookAfterMs: 3_600_000, maxWalBytes: 256 * 1024 },
    });
  const { redo } = databaseFiles(dir);
  const state = (number: number) => ({
    tenant: 'default',
    channel: `channel-${number % 7}`,
    state: { number, ballast: BALLAST },
    reason: null,
  });
  {
    await using storage = await open(1);
    const commit = (number: number) => storage.store.keepAccount(state(number));
    let number = 0;
    await until(async () => {
      await commit(++number);
      return redoFolder(redo).bases.length > 0;
    }, 'a base');
  }
  await using storage = await open(Number.MAX_SAFE_INTEGER);
  for (let number = 0; number < COMMITS; number++) await storage.store.keepAccount(state(number));
}
