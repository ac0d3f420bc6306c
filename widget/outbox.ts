/** What the visitor said and the hub has not got yet: in order, one at a time, again with the same id. */
import type { Result } from './api.ts';
import { randomId } from './dom.ts';
import type { Entry, Memory, Mine, OutFrame, Theirs } from './memory.ts';

export interface OutboxOptions {
  readonly memory: Memory;
  deliver(frame: OutFrame): Promise<Result<unknown>>;
  changed(entry: Entry): void;
}

export interface Outbox {
  /** Sends what waits, unless it is already at it. */
  pump(): void;
  /** Tells the hub, soon and together with others, that a message came or was read. */
  receipt(entry: Theirs, read: boolean): void;
  seen(entry: Mine): void;
  close(): void;
}

/** The door takes ten frames a second: a long queue goes out a little slower. */
const GAP_MS = 125;
const RECEIPTS_AFTER_MS = 250;
const RECEIPTS_AT_ONCE = 100;

export function outbox({ memory, deliver, changed }: OutboxOptions): Outbox {
  let busy = false;
  let asked = false;
  let wake = 0;
  let telling = 0;
  const due = new Map<Theirs, 'delivered' | 'read'>();

  const set = (entry: Mine, state: Mine['state']): void => {
    entry.state = state;
    memory.save();
    changed(entry);
  };

  const later = (waitMs: number): void => {
    clearTimeout(wake);
    wake = setTimeout(() => outbox.pump(), waitMs);
  };

  /** False when the line is gone: whoever opens it again calls. */
  const one = async (entry: Mine): Promise<boolean> => {
    set(entry, 'sent');
    const result = await deliver(entry.frame);
    if (result.ok) {
      // A read mark may have come before the acknowledgement.
      if (entry.state === 'sent') set(entry, 'delivered');
      return true;
    }
    set(entry, result.again ? 'sending' : 'failed');
    if (!result.again) return true;
    if (result.error.message !== 'line lost') later(result.error.retry_after_ms ?? 2_000);
    return false;
  };

  const tell = async (status: 'delivered' | 'read'): Promise<void> => {
    const entries = [...due].filter(([, told]) => told === status).map(([entry]) => entry);
    for (let at = 0; at < entries.length; at += RECEIPTS_AT_ONCE) {
      const some = entries.slice(at, at + RECEIPTS_AT_ONCE);
      const result = await deliver({ id: randomId(), type: status, targets: some.map(entry => entry.id) });
      if (!result.ok && result.again) return;
      for (const entry of some) {
        entry.told = status;
        if (due.get(entry) === status) due.delete(entry);
      }
      memory.save();
    }
  };

  /** False when the line is gone. */
  const drain = async (): Promise<boolean> => {
    for (;;) {
      const waiting = memory.entries.filter(entry => entry.who === 'me').filter(isWaiting);
      const [entry] = waiting;
      if (entry === undefined) return true;
      if (!(await one(entry))) return false;
      if (waiting.length > 5) await new Promise(resolve => setTimeout(resolve, GAP_MS));
    }
  };

  const outbox: Outbox = {
    async pump() {
      asked = true;
      if (busy) return;
      busy = true;
      while (asked) {
        asked = false;
        // Asked meanwhile: another line is open, and whoever opened it will not call again.
        if (!(await drain())) continue;
        await tell('delivered');
        await tell('read');
      }
      busy = false;
    },
    receipt(entry, read) {
      if (read) entry.looked = true;
      if (entry.told === 'read' || (entry.told === 'delivered' && !read)) return;
      due.set(entry, read ? 'read' : 'delivered');
      clearTimeout(telling);
      telling = setTimeout(() => outbox.pump(), RECEIPTS_AFTER_MS);
    },
    seen: entry => set(entry, 'seen'),
    close() {
      clearTimeout(wake);
      clearTimeout(telling);
    },
  };
  return outbox;
}

const isWaiting = (entry: Mine): boolean => entry.state === 'sending';
