/** How SQLite looks for what may be forgotten: the store's thread has other things to do meanwhile. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { expireOps } from '../../src/storage/embedded/database/expire.ts';
import { migrate } from '../../src/storage/embedded/database/schema.ts';

describe('a batch of what may be forgotten', () => {
  it('is looked for up to what is too young, and in no table to its end', () => {
    const db = new DatabaseSync(':memory:');
    migrate(db);
    const asked: string[] = [];
    const watched: Pick<DatabaseSync, 'prepare'> = {
      prepare(sql) {
        asked.push(sql);
        return db.prepare(sql);
      },
    };
    expireOps(watched as DatabaseSync);
    const batches = asked.filter(sql => /^SELECT .* LIMIT \?2/s.test(sql));
    assert.equal(batches.length, 3);
    for (const sql of batches) {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      const steps = plan.map(({ detail }) => String(detail));
      assert.deepEqual(
        steps.filter(step => /^SCAN [io]\b/.test(step)),
        [],
        steps.join('\n'),
      );
    }
    db.close();
  });
});
