/** A store for which a copy of the database is due while no descriptor is left, and again when there are some. */
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';

const [dir = ''] = process.argv.slice(2);
const { redo } = databaseFiles(dir);
const lost: string[] = [];
const minBaseBytes = 200_000;
// A folder with checksums, as a hub finds it whose database is not opened before it is copied.
await (await openStorage(dir))[Symbol.asyncDispose]();
const storage = await openStorage(dir, {
  redo: { minBaseBytes, settleMs: 0, lookAfterMs: 600_000 },
  onLost: error => void lost.push(error.message),
});
let made = 0;

async function write(): Promise<void> {
  const note = 'x'.repeat(2_000);
  const target = { kind: 'ids', ids: [] } as const;
  const asked = { kind: 'discard', target, force: false, rate: 50, note } as const;
  const action = { id: `operation-${++made}`, who: 'olga', key: null, digest: '' };
  // A hub that was lost answers nothing more.
  const ended = until(() => lost.length > 0, 'the end').catch(() => {});
  await Promise.race([storage.store.startOperation(asked, action), ended]);
}

await write();
const held: number[] = [];
try {
  for (;;) held.push(openSync('/dev/null', 'r'));
} catch {
  // There are no more.
}
// Each of them in the log, and in the database: a copy is due by far.
while (made * 2_000 < 4 * minBaseBytes && lost.length === 0) await write();
for (const fd of held) closeSync(fd);
const isCopied = (): boolean => existsSync(redo) && readdirSync(redo).some(name => name.startsWith('base-'));
await until(async () => {
  if (lost.length === 0) await write();
  return lost.length > 0 || isCopied();
}, 'a copy');
console.log(JSON.stringify({ lost, isCopied: isCopied() }));
process.exit(0);
