/** An update of the program on an old database: one transaction, whatever it is cut off by. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { migrate, SCHEMA_VERSION, schemaVersion } from '../../src/storage/embedded/database/schema.ts';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { redoFolder } from '../../src/storage/embedded/redo/segments.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';

const ROWS = 20_000;
const KILLS = 20;
const SCHEMA = fileURLToPath(new URL('../../src/storage/embedded/database/schema.ts', import.meta.url));
const CONNECTION = fileURLToPath(new URL('../../src/storage/embedded/redo/connection.ts', import.meta.url));

/** Says when it begins, and when it is done. */
const PROGRAM = `
  import { migrate } from ${JSON.stringify(SCHEMA)};
  import { connect } from ${JSON.stringify(CONNECTION)};
  const db = connect(process.argv[1]);
  process.stdout.write('begun\\n');
  migrate(db);
  process.stdout.write('done\\n');
  setInterval(() => {}, 1_000);
`;

function oldDatabase(path: string): void {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL');
  migrate(db, 1);
  db.exec(`
    BEGIN;
    INSERT INTO channel VALUES (1, 'default', 'test');
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
      INSERT INTO inbound SELECT i, 'id-' || i, 1, 'p-' || i, 0, 0, 'text', hex(randomblob(200)), '1:0', 0 FROM n;
    INSERT INTO work SELECT seq, 0, 2, 1, 3, 0, NULL, 'failed', NULL FROM inbound;
    INSERT INTO counter VALUES ('inbound.accepted', ${ROWS});
    COMMIT;
  `);
  db.close();
}

describe('an update on an old database', function () {
  this.timeout(120_000);

  it(`killed ${KILLS} times in the middle, is as it was or done, and done at last`, async () => {
    using folder = temporaryFolder();
    const old = join(folder.path, 'old.db');
    oldDatabase(old);
    const path = join(folder.path, 'hub.db');
    const versions = new Set<number>();
    let wait = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true });
      copyFileSync(old, path);
      const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, path]);
      let said = '';
      const begun = new Promise<void>(resolve => {
        child.stdout.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          resolve();
        });
      });
      const ended = once(child, 'exit');
      await Promise.race([begun, ended]);
      await new Promise(resolve => setTimeout(resolve, wait));
      child.kill('SIGKILL');
      await ended;
      assert.match(said, /^begun/);
      // Later and later, until it was done in time; then from the beginning.
      wait = said.includes('done') ? 0 : wait + 4;
      const db = new DatabaseSync(path);
      const version = schemaVersion(db);
      versions.add(version);
      assert.ok(version === 1 || version === SCHEMA_VERSION, `version ${version}`);
      assert.equal(Object.values(db.prepare('PRAGMA integrity_check(1)').get() ?? {})[0], 'ok');
      migrate(db);
      assert.equal(db.prepare('SELECT COUNT(*) AS n FROM inbound').get()?.n, ROWS);
      assert.equal(db.prepare('SELECT COUNT(*) AS n FROM dead_letter').get()?.n, ROWS);
      db.close();
    }
    assert.ok(versions.has(1), 'no kill came before the end');
  });

  it('knows from the messages that are there how conversations are reached', () => {
    const db = new DatabaseSync(':memory:');
    migrate(db, 5);
    const told = (route?: string) =>
      JSON.stringify({ address: { conversation: 'a', route }, text: '"route":' });
    const add = db.prepare(
      "INSERT INTO inbound VALUES (?, 'id-' || ?1, 1, 'p-' || ?1, ?, 0, 'text', ?, '1:0', ?, NULL, NULL)",
    );
    db.exec("INSERT INTO conversation (ref, channel, key, messages) VALUES (1, 1, 'a', 3), (2, 1, 'b', 1)");
    add.run(1, 1, told('north'), 1_000);
    add.run(2, 1, told('south'), 2_000);
    add.run(3, 1, told(), 3_000);
    add.run(4, 2, told(), 4_000);
    add.run(5, 2, 'no JSON, with "route":', 5_000);
    migrate(db);
    const rows = db.prepare('SELECT route, routed_at FROM conversation ORDER BY ref').all();
    assert.deepEqual(
      rows.map(({ route, routed_at }) => [route, routed_at]),
      [
        ['south', 2_000],
        [null, null],
      ],
    );
    db.close();
  });

  it('knows what went in the place of another since the person last wrote', () => {
    const db = new DatabaseSync(':memory:');
    migrate(db, 7);
    db.exec(`
      INSERT INTO conversation (ref, channel, key, messages, wrote_at)
        VALUES (1, 1, 'a', 1, 1000), (2, 1, 'b', 1, 3000), (3, 1, 'c', 0, NULL), (4, 1, 'd', 1, 1000);
      INSERT INTO outbound (seq, id, channel, conversation, message, source, state, created_at, fallback_of)
        VALUES (1, 'o1', 1, 1, '{}', 'fallback', 1, 2000, 9), (2, 'o2', 1, 2, '{}', 'fallback', 1, 2000, 9),
          (3, 'o3', 1, 3, '{}', 'fallback', 1, 2000, 9), (4, 'o4', 1, 4, '{}', 'api', 1, 2000, NULL);
    `);
    migrate(db);
    const rows = db.prepare('SELECT stand_in FROM conversation ORDER BY ref').all();
    assert.deepEqual(
      rows.map(({ stand_in }) => stand_in),
      [1, null, 3, null],
    );
    db.close();
  });

  it('is followed by a redo log that begins at the new version, from a base', async () => {
    using folder = temporaryFolder();
    oldDatabase(join(folder.path, 'hub.db'));
    await using storage = await openStorage(folder.path);
    assert.equal(storage.recovery.kind, 'whole');
    const ledger = await storage.store.ledger(true);
    assert.deepEqual([ledger.inbound.accepted, ledger.inbound.dead], [ROWS, ROWS]);
    const { redo } = databaseFiles(folder.path);
    await until(async () => {
      await storage.store.keepAccount({ tenant: 'default', channel: 'test', state: 1, reason: null });
      return redoFolder(redo).bases.length > 0;
    }, 'a base');
    assert.ok(redoFolder(redo).segments.every(({ schema }) => schema === SCHEMA_VERSION));
  });
});
