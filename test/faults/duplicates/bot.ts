/** A bot that keeps what is said in a conversation as people see it: changed by edits, gone after a deletion. */

import type { InboundMessage } from '../../../src/message/message.ts';
import type { Store } from '../../../src/storage/store.ts';
import type { Claimant } from '../../../src/storage/work-queue.ts';
import { doneWith } from '../../support/work.ts';

export interface Seen {
  /** What is there to be read; null where it was deleted, or never said. */
  readonly text: string | null;
  /** Changes of something that the bot did not know. */
  readonly astray: number;
}

export interface Bot {
  /** Works on all that may be worked on. */
  work(): Promise<void>;
  seen(conversation: string): Seen;
}

/** Longer than any run. */
const CLAIMANT: Claimant = { name: 'bot', suspects: false, targetWaitMs: 3_600_000 };
/** One that gives nothing may only have found that a change is to wait; no history has more of them. */
const EMPTY_CLAIMS = 3;

export function createBot(store: Store): Bot {
  const conversations = new Map<string, { readonly said: Map<string, string | null>; astray: number }>();

  function apply({ id, address, content }: InboundMessage): void {
    const conversation = conversations.get(address.conversation) ?? { said: new Map(), astray: 0 };
    conversations.set(address.conversation, conversation);
    const { said } = conversation;
    if (content.kind === 'text') said.set(id, content.text);
    if (content.kind !== 'edit' && content.kind !== 'deletion') return;
    const before = said.get(content.target);
    if (before === undefined) conversation.astray++;
    else if (content.kind === 'deletion') said.set(content.target, null);
    else if (before !== null) said.set(content.target, content.text ?? before);
  }

  return {
    async work() {
      for (let empty = 0; empty < EMPTY_CLAIMS; ) {
        const items = await store.claimWork(10, CLAIMANT);
        empty = items.length === 0 ? empty + 1 : 0;
        for (const { message } of items) apply(message);
        await store.finishWork(doneWith(items));
      }
    },
    seen(name) {
      const { said, astray } = conversations.get(name) ?? {
        said: new Map<string, string | null>(),
        astray: 0,
      };
      const [text = null] = [...said.values()];
      return { text, astray };
    },
  };
}
