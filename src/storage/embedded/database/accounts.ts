/** What the accounts are to remember over a restart. */
import type { DatabaseSync } from 'node:sqlite';
import type { JsonValue } from '../../../message/json.ts';
import type { AccountState } from '../../send-queue.ts';
import type { Transaction } from './commits.ts';
import type { Conversations } from './conversations.ts';
import { change, query } from './rows.ts';

export function accountOps(db: DatabaseSync, known: Conversations) {
  const keep = change(
    db,
    `INSERT INTO account VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (channel) DO UPDATE SET state = ?2, reason = ?3, changed_at = ?4`,
  );
  const all = query<{ tenant: string; id: string; state: string; reason: string | null }>(
    db,
    'SELECT ch.tenant, ch.id, a.state, a.reason FROM account a JOIN channel ch ON ch.ref = a.channel',
  );
  return {
    keepAccount(tx: Transaction, account: AccountState): void {
      tx.onRollback(() => known.forget());
      const channel = known.channel(account.tenant, account.channel);
      keep(channel, JSON.stringify(account.state), account.reason, tx.now);
    },
    accounts: (): readonly AccountState[] =>
      all.all().map(({ tenant, id, state, reason }) => ({
        tenant,
        channel: id,
        state: JSON.parse(state) as JsonValue,
        reason,
      })),
  };
}
