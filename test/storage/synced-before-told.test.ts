/** That the disk has a record before anybody is told: what a kill does not show, since the system's cache outlives it. */
import assert from 'node:assert/strict';
import { constants, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import { START } from '../../src/storage/log.ts';
import { temporaryFolder } from '../support/folder.ts';
import { logRecord } from '../support/messages.ts';
import { openJournal } from './journal-support.ts';

/** The flags of every open file below the folder. https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html */
function flagsBelow(dir: string): readonly number[] {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      if (!readlinkSync(`/proc/self/fd/${fd}`).startsWith(join(realpathSync(dir), '/'))) return [];
      const [, flags = ''] =
        /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
      return [Number.parseInt(flags, 8)];
    } catch {
      // Closed meanwhile, as the one that lists them.
      return [];
    }
  });
}

const ACCESS = constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR;

describe('the journal on Linux', () => {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('writes records through a file whose writes return when the disk has them', async () => {
    using folder = temporaryFolder();
    await using journal = openJournal(folder.path);
    assert.ok((await journal.append(logRecord())).ok);
    // The other one is for the room ahead, which is read back by nobody.
    const writers = flagsBelow(folder.path).filter(flags => (flags & ACCESS) === constants.O_WRONLY);
    assert.deepEqual(
      writers.map(flags => flags & constants.O_DSYNC),
      [constants.O_DSYNC],
    );
  });

  it('makes two calls of it for tests that end the process in between, and tells nobody before the second', async () => {
    using folder = temporaryFolder();
    let told = false;
    const seen: unknown[] = [];
    const onWritten = (): void => {
      const records = journalReader(folder.path)
        .read(START, 1e6)
        .records.map(({ record }) => record.id);
      seen.push({
        records,
        told,
        synced: flagsBelow(folder.path).filter(flags => flags & constants.O_DSYNC),
      });
    };
    await using journal = openJournal(folder.path, { onWritten });
    const record = logRecord();
    assert.ok((await journal.append(record)).ok);
    told = true;
    assert.deepEqual(seen, [{ records: [record.id], told: false, synced: [] }]);
  });
});
