/**
 * Who it is about. A person is known by the business-scoped user id (BSUID, as `US.13491208655302741918`), which
 * every webhook carries since April 2026 and which stays when the person hides the phone number behind a user
 * name; the number only where there is no such id. Both change when the person changes the number, and then the
 * platform says so (`user_id_update`, `user_changed_number`). The other ids travel along as aliases.
 */
import type { JsonObject } from '../../message/json.ts';
import type { Sender } from '../../message/message.ts';
import { asId, asObject, asObjects, asText, compact } from '../json.ts';

const PHONE = /^\d{5,20}$/;

/** What an item of a webhook says about a person, under whatever names that item uses. */
export interface PersonIds {
  readonly userId: string | undefined;
  readonly parentUserId: string | undefined;
  readonly phone: string | undefined;
}

/**
 * The person, with what `value.contacts` adds: matched by number or user id, for the two lists are not aligned.
 * A single contact that matches nothing and contradicts nothing gives its name; it gives ids only to an item that
 * has none at all.
 */
export function person(ids: PersonIds, contacts: readonly JsonObject[]): Sender | undefined {
  const match = contacts.find(contact => isAbout(contact, ids));
  const [first] = contacts;
  const only = contacts.length === 1 && first !== undefined && mayBeAbout(first, ids) ? first : undefined;
  const nameless = ids.userId === undefined && ids.phone === undefined;
  const known = match ?? (nameless ? only : undefined);
  const userId = ids.userId ?? asId(known?.user_id);
  const phone = ids.phone ?? asId(known?.wa_id);
  const id = userId ?? phone;
  if (id === undefined) return undefined;
  const profile = asObject((match ?? only)?.profile);
  const parent = ids.parentUserId ?? asId(known?.parent_user_id);
  const aliases = [phone, parent].filter(alias => alias !== undefined && alias !== id) as string[];
  return compact({
    id,
    kind: 'person' as const,
    name: asText(profile?.name),
    username: asText(profile?.username),
    phone: phone !== undefined && PHONE.test(phone) ? phone : undefined,
    aliases: aliases.length > 0 ? aliases : undefined,
  });
}

const isAbout = (contact: JsonObject, ids: PersonIds): boolean =>
  (ids.userId !== undefined && contact.user_id === ids.userId) ||
  (ids.phone !== undefined && contact.wa_id === ids.phone);

/** Nothing in the contact speaks against it. */
const mayBeAbout = (contact: JsonObject, ids: PersonIds): boolean =>
  [
    [ids.userId, contact.user_id],
    [ids.phone, contact.wa_id],
  ].every(([ours, theirs]) => ours === undefined || theirs === undefined || ours === theirs);

/** The ids as a message, an echo or a call names its sender. */
export const fromIds = (item: JsonObject): PersonIds => ({
  userId: asId(item.from_user_id),
  parentUserId: asId(item.from_parent_user_id),
  phone: asId(item.from),
});

/** The ids as a contact or a notice names its person. */
export const ownIds = (item: JsonObject): PersonIds => ({
  userId: asId(item.user_id),
  parentUserId: asId(item.parent_user_id),
  phone: asId(item.wa_id),
});

export const contactsOf = (value: JsonObject): readonly JsonObject[] => asObjects(value.contacts);
