/** What comes from the hub: shown once, whichever way and however often it came. */
import type { Push, Wire } from '../src/channels/web/wire.ts';
import type { Entry, Memory, Theirs } from './memory.ts';
import type { Outbox } from './outbox.ts';

export interface IncomingOptions {
  readonly memory: Memory;
  readonly queue: Outbox;
  isLooking(): boolean;
  added(entry: Entry): void;
  changed(entry: Entry): void;
  typing(active: boolean): void;
}

export interface Incoming {
  take(push: Push): void;
  close(): void;
}

const TYPING_FOR_MS = 10_000;
/** Typing that was stored while nobody was connected is long over. */
const FRESH_MS = 15_000;
/** These say something about a message and are none themselves. */
const HINTS = new Set(['typing', 'read', 'reaction', 'edit', 'deletion']);

export function incoming({ memory, queue, isLooking, added, changed, typing }: IncomingOptions): Incoming {
  let hush = 0;

  const setTyping = (active: boolean): void => {
    clearTimeout(hush);
    typing(active);
    if (active) hush = setTimeout(() => typing(false), TYPING_FOR_MS);
  };

  const hint = ({ wire: { content }, at }: Push): void => {
    if (content.kind === 'typing') setTyping(content.active && Date.now() - at < FRESH_MS);
    const entry = 'target' in content ? memory.find(content.target) : undefined;
    if (entry === undefined || entry.who === 'note') return;
    if (content.kind === 'reaction') {
      if (content.removed) delete entry.reaction;
      else entry.reaction = content.emoji;
    } else if (entry.who === 'me') {
      if (content.kind === 'read') queue.seen(entry);
    } else if (content.kind === 'deletion') entry.deleted = true;
    else if (content.kind === 'edit') {
      entry.wire = withBlocks(entry.wire, content.blocks);
      entry.edited = true;
    }
    changed(entry);
  };

  return {
    take(push) {
      memory.after = Math.max(memory.after, push.seq);
      if (!memory.isNew(push.id)) return;
      if (HINTS.has(push.wire.content.kind)) {
        hint(push);
        memory.save();
        return;
      }
      setTyping(false);
      const entry: Theirs = { who: 'them', id: push.id, at: push.at, wire: push.wire };
      memory.add(entry);
      added(entry);
      queue.receipt(entry, isLooking());
    },
    close: () => clearTimeout(hush),
  };
}

function withBlocks(wire: Wire, blocks: Extract<Wire['content'], { kind: 'edit' }>['blocks']): Wire {
  const { content } = wire;
  if ('blocks' in content) return { ...wire, content: { ...content, blocks } };
  if (content.kind === 'media') return { ...wire, content: { ...content, caption: blocks } };
  return { ...wire, content: { kind: 'text', blocks } };
}
