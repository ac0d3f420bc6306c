/** How a store forgets what is over and old. Part of the store's port; its promises hold here as well. */

/** Times in ms since 1970: what was over before them may go. */
export interface MessagesBefore {
  readonly messages: number;
  readonly keys: number;
}
export interface OperatorRecordsBefore {
  readonly operations: number;
  readonly audit: number;
}

export interface Expired {
  readonly inbound: number;
  readonly outbound: number;
}

export interface Retention {
  /**
   * Forgets up to `limit` messages of each direction that are over, with all that followed from them, and whose
   * times (ms since 1970) lie before; idempotency keys have a time of their own. What is open, or a dead letter
   * without a decision, is kept. How many went; the ledger goes on counting them.
   */
  expire(before: MessagesBefore, limit: number): Promise<Expired>;
  /**
   * Forgets what operators did, at most `limit` operations, items of operations and entries of the audit together.
   * Operations that were done before go, and entries by a time of their own (ms since 1970); operations that run or
   * are stopped are kept however old, with their entries. How many went; 0 when nothing is left.
   */
  expireOperatorRecords(before: OperatorRecordsBefore, limit: number): Promise<number>;
}
