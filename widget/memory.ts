/** What this tab remembers: the session, the messages shown, and those not yet taken by the hub. */
import type { Wire } from '../src/channels/web/wire.ts';
import { randomId } from './dom.ts';

/** What the visitor says, as it goes to the hub. Sent again with the same id it is the same message. */
export interface OutFrame {
  readonly id: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

export type SendState = 'uploading' | 'sending' | 'sent' | 'delivered' | 'seen' | 'failed';

export interface Mine {
  readonly who: 'me';
  readonly id: string;
  readonly at: number;
  frame: OutFrame;
  /** What is shown of it. */
  readonly label: string;
  state: SendState;
  /** How much of its file is at the hub, 0 to 1. */
  share?: number;
  /** Why it failed, where that can be said. */
  why?: 'tooLarge' | 'wrongType' | 'cancelled' | 'lost';
  reaction?: string;
}

export interface Theirs {
  readonly who: 'them';
  readonly id: string;
  readonly at: number;
  wire: Wire;
  edited?: boolean;
  deleted?: boolean;
  reaction?: string;
  /** A form that was filled in, or an answer that was picked. */
  done?: boolean;
  /** The visitor has seen it. */
  looked?: boolean;
  /** What was told to the hub of it. */
  told?: 'delivered' | 'read';
}

export interface Note {
  readonly who: 'note';
  readonly id: string;
  readonly at: number;
  readonly note: 'ended';
}

export type Entry = Mine | Theirs | Note;

export interface StoredSession {
  readonly token: string;
  readonly expiresAt: number;
  readonly conversation: string;
}

interface Kept {
  session: StoredSession | null;
  /** The sequence number of the last message that came. */
  after: number;
  /** Deliveries that came, so that none is shown twice. */
  seen: string[];
  entries: Entry[];
  open: boolean;
}

export interface Memory extends Kept {
  find(id: string): Entry | undefined;
  add(entry: Entry): void;
  /** False when that delivery came before. */
  isNew(delivery: string): boolean;
  note(note: Note['note']): Entry;
  save(): void;
}

const MAX_ENTRIES = 200;
const MAX_SEEN = 500;

export function openMemory(key: string): Memory {
  const kept: Kept = { session: null, after: 0, seen: [], entries: [], open: false, ...load(key) };
  const memory: Memory = {
    ...kept,
    find: id => memory.entries.find(entry => entry.id === id),
    add(entry) {
      memory.entries.push(entry);
      // What was not sent yet is never forgotten.
      while (memory.entries.length > MAX_ENTRIES) {
        const at = memory.entries.findIndex(
          old => old.who !== 'me' || !(old.state === 'sending' || old.state === 'uploading'),
        );
        if (at < 0) break;
        memory.entries.splice(at, 1);
      }
      memory.save();
    },
    isNew(delivery) {
      if (memory.seen.includes(delivery)) return false;
      memory.seen = [...memory.seen.slice(1 - MAX_SEEN), delivery];
      return true;
    },
    note(note) {
      const entry: Note = { who: 'note', id: randomId(), at: Date.now(), note };
      memory.add(entry);
      return entry;
    },
    save() {
      const { session, after, seen, entries, open } = memory;
      store(key, JSON.stringify({ session, after, seen, entries, open } satisfies Kept));
    },
  };
  // Sent, but no word that it was stored: it may never have arrived.
  for (const entry of memory.entries) if (entry.who === 'me') takeUp(entry);
  return memory;
}

function takeUp(entry: Mine): void {
  if (entry.state === 'sent') entry.state = 'sending';
  // The file was the page's, and went with it.
  if (entry.frame.type === 'media' && entry.frame.upload === undefined) {
    entry.state = 'failed';
    entry.why = 'lost';
  }
}

/** Storage may be switched off or full: the chat then lives as long as the page. */
function load(key: string): Partial<Kept> {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? '{}');
    // We wrote it; another script of the page could have, and could do worse without.
    return typeof value === 'object' && value !== null ? (value as Partial<Kept>) : {};
  } catch {
    return {};
  }
}

function store(key: string, value: string): void {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    return;
  }
}
