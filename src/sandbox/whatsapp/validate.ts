/** What the messages call takes, with the limits Meta documents. https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages */
import { asObject, asObjects } from '../../channels/json.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { first } from '../meta/checks.ts';
import {
  type Check,
  each,
  invalid,
  list,
  missing,
  object,
  optionalText,
  text,
  type Wrong,
} from './checks.ts';
import { interactive } from './validate-interactive.ts';

type Kind = (body: JsonObject, at: string) => Check;

/** An uploaded file's id or an address Meta can fetch, and not both. */
const media =
  (captioned: boolean): Kind =>
  (body, at) =>
    first(
      () => (body.id === undefined && body.link === undefined ? missing(`${at}.id`) : null),
      () =>
        body.id !== undefined && body.link !== undefined ? invalid(`${at}.link`, 'cannot go with id') : null,
      () => optionalText(body.id, `${at}.id`, 256),
      () => link(body.link, `${at}.link`),
      () => (body.caption !== undefined && !captioned ? unknownParameter(`${at}.caption`) : null),
      () => optionalText(body.caption, `${at}.caption`, 1_024),
      () => optionalText(body.filename, `${at}.filename`, 240),
    );

function link(value: JsonValue | undefined, at: string): Check {
  if (value === undefined) return null;
  const fits = typeof value === 'string' && URL.canParse(value) && /^https?:/.test(value);
  return fits ? null : invalid(at, 'is not a valid URL');
}

const unknownParameter = (at: string): Wrong => ({ code: 100, details: `Unexpected key "${at}" on param` });

const location: Kind = (body, at) =>
  first(
    () => coordinate(body.latitude, `${at}.latitude`, 90),
    () => coordinate(body.longitude, `${at}.longitude`, 180),
    () => optionalText(body.name, `${at}.name`, 1_000),
    () => optionalText(body.address, `${at}.address`, 1_000),
  );

/** Numbers come as text as well. */
function coordinate(value: JsonValue | undefined, at: string, max: number): Check {
  if (value === undefined) return missing(at);
  const number = Number(value);
  return Number.isFinite(number) && Math.abs(number) <= max
    ? null
    : invalid(at, `is not from -${max} to ${max}`);
}

const NAME_PARTS = ['first_name', 'last_name', 'middle_name', 'suffix', 'prefix'];

function contacts(value: JsonValue | undefined): Check {
  return first(
    () => list(value, 'contacts', [1, 257]),
    () =>
      each(value, 'contacts', (contact, at) =>
        object(contact.name, `${at}.name`, name =>
          first(
            () => text(name.formatted_name, `${at}.name.formatted_name`, 512),
            () =>
              NAME_PARTS.some(part => typeof name[part] === 'string')
                ? null
                : missing(`${at}.name.first_name`),
          ),
        ),
      ),
  );
}

const reaction: Kind = (body, at) =>
  first(
    () => text(body.message_id, `${at}.message_id`, 512),
    () => (typeof body.emoji === 'string' ? null : missing(`${at}.emoji`)),
    () =>
      body.emoji === '' || /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(String(body.emoji))
        ? null
        : invalid(`${at}.emoji`, 'is not an emoji'),
  );

/** Whatever its name says: a template that begins with `missing_` exists nowhere. */
const template: Kind = (body, at) =>
  first(
    () => text(body.name, `${at}.name`, 512),
    () => object(body.language, `${at}.language`, language => text(language.code, `${at}.language.code`, 15)),
    () =>
      String(body.name).startsWith('missing_')
        ? { code: 132001, details: `template name (${body.name}) does not exist in the translation` }
        : null,
    () => components(body.components),
  );

function components(value: JsonValue | undefined): Check {
  const wrong = asObjects(value)
    .flatMap(component => asObjects(component.parameters))
    .find(parameter => typeof parameter.type !== 'string' || asParameter(parameter) === undefined);
  return wrong === undefined ? null : { code: 132012, details: 'Parameter format does not match' };
}

const asParameter = (parameter: JsonObject): JsonValue | undefined => parameter[String(parameter.type)];

const KINDS: Readonly<Record<string, Kind>> = {
  text: (body, at) => text(body.body, `${at}.body`, 4_096),
  image: media(true),
  video: media(true),
  document: media(true),
  audio: media(false),
  sticker: media(false),
  location,
  reaction,
  interactive,
  template,
};

/** Null, or what is wrong with a message (the type's own part, and who it goes to). */
export function checkMessage(body: JsonObject): Check {
  return first(
    () => recipient(body),
    () => optionalText(body.biz_opaque_callback_data, 'biz_opaque_callback_data', 512),
    () =>
      body.context === undefined
        ? null
        : object(body.context, 'context', context => text(context.message_id, 'context.message_id', 512)),
    () => content(body),
  );
}

function content(body: JsonObject): Check {
  const type = body.type ?? 'text';
  if (type === 'contacts') return contacts(body.contacts);
  const kind = typeof type === 'string' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind === undefined)
    return {
      code: 100,
      details: `Param type must be one of {${Object.keys(KINDS).join(', ').toUpperCase()}}`,
    };
  return object(body[String(type)], String(type), found => kind(found, String(type)));
}

const PHONE = /^\+?\d{5,20}$/;
const USER_ID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/** `to` wins where both are given. */
function recipient(body: JsonObject): Check {
  const { to, recipient: userId, recipient_type: type = 'individual' } = body;
  if (type !== 'individual' && type !== 'group') return invalid('recipient_type', 'is not valid');
  if (to === undefined && userId === undefined) return missing('to');
  if (to === undefined) {
    return typeof userId === 'string' && USER_ID.test(userId) ? null : invalid('recipient', 'is not valid');
  }
  if (typeof to !== 'string' || to === '') return invalid('to', 'is not a string');
  return type === 'group' || PHONE.test(to) ? null : invalid('to', 'is not a valid phone number');
}

/** A read mark, perhaps with a typing indicator. */
export function checkReadMark(body: JsonObject): Check {
  const typing = body.typing_indicator;
  return first(
    () => text(body.message_id, 'message_id', 512),
    () =>
      String(body.message_id).startsWith('wamid.') ? null : invalid('message_id', 'is not a message id'),
    () =>
      typing === undefined || asObject(typing)?.type === 'text'
        ? null
        : invalid('typing_indicator.type', 'must be text'),
    () => (body.biz_opaque_callback_data === undefined ? null : unknownParameter('biz_opaque_callback_data')),
  );
}
