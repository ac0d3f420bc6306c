/**
 * An edit or a deletion speaks of a message. Where nobody says of which, a text is said first and it is that one: of
 * a message that never came the hub would wait for, as it does for platforms that tell in another order.
 */
import type { InboundEvent } from '../../message/event.ts';
import type { Trigger } from '../../sandbox/platform.ts';
import type { Kind } from './target.ts';

/** The parameter that names the message spoken of. */
const TARGET = 'to';
const TEXT = 'text';
const PLACE = 'channel';
/** Stand for the message while it is looked up how the platform's name for it becomes the hub's: a name, or a time. */
export const SOME_MESSAGES = ['message-1', '1700000000.000001'] as const;

export interface SpokenOf {
  /** What is to be said first. */
  readonly trigger: Trigger;
  /** Of what was asked for, what holds for it as well: who, and where. */
  readonly params: Readonly<Record<string, string>>;
  /** What was asked for, and which message it is about; null where what was said has no id to name. */
  paramsFor(said: readonly InboundEvent[]): Readonly<Record<string, string>> | null;
}

/** `about`: the events of the trigger where it speaks of `some`. Null where nothing needs to be said first. */
export function spokenOf(
  { trigger, platform }: Kind,
  set: Readonly<Record<string, string>>,
  about: readonly InboundEvent[],
  some: string,
): SpokenOf | null {
  const text = platform?.triggers.find(({ name }) => name === TEXT);
  const told = about.find(event => event.kind === 'message');
  const target = told === undefined ? null : targetOf(told);
  if (trigger === null || text === undefined || !told || target === null || TARGET in set) return null;
  if (!trigger.params.includes(TARGET) || !target.endsWith(some)) return null;
  const prefix = target.slice(0, -some.length);
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(set))
    if (text.params.includes(name) && name !== TEXT) params[name] = value;
  // A platform's kinds do not all happen in the same place unless one says where.
  if (text.params.includes(PLACE)) params[PLACE] = told.message.address.conversation;
  return {
    trigger: text,
    params,
    paramsFor(said) {
      const first = said.find(event => event.kind === 'message');
      if (first === undefined || !first.message.id.startsWith(prefix)) return null;
      return { ...set, [TARGET]: first.message.id.slice(prefix.length) };
    },
  };
}

function targetOf({ message: { content } }: Extract<InboundEvent, { kind: 'message' }>): string | null {
  return content.kind === 'edit' || content.kind === 'deletion' ? content.target : null;
}
