/**
 * The open connections, by conversation, and what was just pushed to them. A push is remembered for a short
 * while: between the push and its record in the hub's store, a browser that connects would otherwise miss it.
 */
import type { Push } from './wire.ts';

/** One open connection of a visitor: a socket or an event stream. */
export interface Stream {
  readonly conversation: string;
  readonly visitor: string;
  push(push: Push): void;
}

export interface Streams {
  add(stream: Stream): void;
  remove(stream: Stream): void;
  readonly size: number;
  ofVisitor(visitor: string): number;
  push(conversation: string, push: Push): void;
  /** What was pushed of late, oldest first. */
  recent(conversation: string): readonly Push[];
}

const REMEMBERED_MS = 30_000;
const REMEMBERED = 10_000;
/** Of one conversation. */
const REMEMBERED_AT_ONCE = 64;

interface Recent {
  readonly at: number;
  readonly pushes: readonly Push[];
}

export function streams(now: () => number): Streams {
  const open = new Map<string, Set<Stream>>();
  const visitors = new Map<string, number>();
  /** The conversation pushed to the longest ago comes first. */
  const remembered = new Map<string, Recent>();
  let kept = 0;
  let size = 0;

  const count = (visitor: string, by: 1 | -1): void => {
    const left = (visitors.get(visitor) ?? 0) + by;
    if (left === 0) visitors.delete(visitor);
    else visitors.set(visitor, left);
    size += by;
  };

  const remember = (conversation: string, push: Push): void => {
    const before = remembered.get(conversation)?.pushes ?? [];
    const pushes = [...before.filter(known => known.id !== push.id), push].slice(-REMEMBERED_AT_ONCE);
    remembered.delete(conversation);
    remembered.set(conversation, { at: now(), pushes });
    kept += pushes.length - before.length;
    for (const [oldest, { at, pushes: old }] of remembered) {
      if (kept <= REMEMBERED && now() - at < REMEMBERED_MS) break;
      remembered.delete(oldest);
      kept -= old.length;
    }
  };

  return {
    add(stream) {
      const those = open.get(stream.conversation) ?? new Set();
      if (those.has(stream)) return;
      open.set(stream.conversation, those.add(stream));
      count(stream.visitor, 1);
    },
    remove(stream) {
      const those = open.get(stream.conversation);
      if (those?.delete(stream) !== true) return;
      if (those.size === 0) open.delete(stream.conversation);
      count(stream.visitor, -1);
    },
    get size() {
      return size;
    },
    ofVisitor: visitor => visitors.get(visitor) ?? 0,
    push(conversation, push) {
      remember(conversation, push);
      for (const stream of open.get(conversation) ?? []) stream.push(push);
    },
    recent: conversation => remembered.get(conversation)?.pushes ?? [],
  };
}
