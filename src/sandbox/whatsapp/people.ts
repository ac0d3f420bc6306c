/** The people of a sandbox: who they are by number and by user id, and when they last wrote. */
import { createHash } from 'node:crypto';
import { asId, asObject, asObjects } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { remembered } from '../remembered.ts';

export interface Person {
  readonly phone: string | null;
  readonly userId: string;
}

export interface People {
  /** By a phone number or a business-scoped user id. Whoever nobody heard of is made up, always alike. */
  find(id: string): Person;
  /** What a webhook tells about people: ids that belong together, and that they wrote. */
  learn(value: JsonObject): void;
  /** When the person last wrote; undefined for who never did, as far as the sandbox knows. */
  lastWrote(person: Person): number | undefined;
}

const MAX_PEOPLE = 10_000;

/** https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids: made of the number, so the same after a restart. */
export function userIdOf(phone: string): string {
  const sum = createHash('sha256').update(phone).digest();
  return `US.${sum.readBigUInt64BE().toString().padStart(17, '1').slice(0, 17)}`;
}

export function people(now: () => number): People {
  const known = remembered<Person>(2 * MAX_PEOPLE);
  const wrote = remembered<number>(MAX_PEOPLE);
  const find = (id: string): Person => {
    const found = known.get(id);
    if (found !== undefined) return found;
    return /^\d+$/.test(id) ? { phone: id, userId: userIdOf(id) } : { phone: null, userId: id };
  };
  const meet = (phone: string | undefined, userId: string | undefined): Person | undefined => {
    const id = userId ?? phone;
    if (id === undefined) return undefined;
    const person: Person = phone !== undefined && userId !== undefined ? { phone, userId } : find(id);
    if (phone !== undefined) known.set(phone, person);
    known.set(person.userId, person);
    return person;
  };
  return {
    find,
    learn(value) {
      for (const contact of asObjects(value.contacts)) meet(asId(contact.wa_id), asId(contact.user_id));
      for (const message of asObjects(value.messages)) {
        const person = meet(asId(message.from), asId(message.from_user_id));
        if (person !== undefined) wrote.set(person.userId, now());
      }
      for (const call of asObjects(value.calls)) {
        const person = meet(asId(call.from), asId(call.from_user_id));
        // A call opens the window as well.
        if (person !== undefined) wrote.set(person.userId, now());
      }
    },
    lastWrote: person => wrote.get(person.userId),
  };
}

/** Every `value` of a webhook's changes. */
export const valuesOf = (body: JsonObject): readonly JsonObject[] =>
  asObjects(body.entry)
    .flatMap(entry => asObjects(entry.changes))
    .map(change => asObject(change.value))
    .filter(value => value !== undefined);
