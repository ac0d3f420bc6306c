/** A journal in a process that has hardly any descriptors left: what it does with none, one, two, three of them. */
import { closeSync, openSync, readdirSync } from 'node:fs';
import { Journal } from '../../src/storage/embedded/journal/writer.ts';
import { START } from '../../src/storage/log.ts';
import { logRecord } from '../support/messages.ts';

const [dir = ''] = process.argv.slice(2);
const limits = { maxSegmentBytes: 1e6, maxPendingBytes: 1e6 };
const journal = new Journal({ dir, takenIn: START, ...limits, onDurable: () => {} });
const held: number[] = [];

function takeAll(): void {
  for (;;) {
    try {
      held.push(openSync('/dev/null', 'r'));
    } catch {
      return;
    }
  }
}
function giveBack(count: number): void {
  for (const fd of held.splice(-count)) closeSync(fd);
}
function countFree(): number {
  const before = held.length;
  takeAll();
  const free = held.length - before;
  if (free > 0) giveBack(free);
  return free;
}

takeAll();
const seen = [];
for (let more = 0; more <= 3; more++) {
  if (more > 0) giveBack(1);
  const said: string[] = [];
  for (let time = 0; time < 3; time++) {
    const appended = await journal.append(logRecord());
    said.push(appended.ok ? 'stored' : appended.reason);
  }
  seen.push({ said, free: countFree() });
}
if (held.length > 0) giveBack(1);
console.log(JSON.stringify({ seen, files: readdirSync(dir) }));
process.exit(0);
