/** The people of a sandbox: when they last did something that opens the window, and what may be answered once. */
import { createHash } from 'node:crypto';
import { asId, asObject, asObjects } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { remembered } from '../remembered.ts';

export interface People {
  /** When the person last wrote or tapped; undefined for who never did, as far as the sandbox knows. */
  lastWrote(person: string): number | undefined;
  /** What a webhook tells about people. */
  learn(body: JsonObject): void;
}

const MAX_PEOPLE = 10_000;

/** Writing, tapping, coming by a link or reacting. https://developers.facebook.com/docs/messenger-platform/policy/policy-overview */
const OPENS = ['message', 'postback', 'optin', 'referral', 'reaction', 'message_edit', 'order'];

export function people(now: () => number): People {
  const wrote = remembered<number>(MAX_PEOPLE);
  return {
    lastWrote: person => wrote.get(person),
    learn(body) {
      for (const entry of asObjects(body.entry)) {
        for (const item of [...asObjects(entry.messaging), ...asObjects(entry.standby)]) {
          const person = keyOf(asObject(item.sender));
          const opens = OPENS.some(part => asObject(item[part]) !== undefined);
          // Of an echo the sender is the page.
          if (person !== undefined && opens) wrote.set(person, now());
        }
        for (const call of asObjects(entry.calls)) {
          const person = asId(call.from);
          if (person !== undefined) wrote.set(person, now());
        }
      }
    },
  };
}

function keyOf(sender: JsonObject | undefined): string | undefined {
  const ref = asId(sender?.user_ref);
  return asId(sender?.id) ?? (ref === undefined ? undefined : `user_ref:${ref}`);
}

/** Whoever is behind a comment or a token, always alike. */
export const personBehind = (key: string): string =>
  createHash('sha256').update(key).digest().readBigUInt64BE().toString().padStart(16, '1').slice(0, 16);
