/** What the messages call takes, with the limits Meta documents. https://developers.facebook.com/docs/messenger-platform/reference/send-api */
import { asId, asObject } from '../../channels/json.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { first } from '../meta/checks.ts';
import { address, type Check, invalid, list, missing, object, oneOf, optionalText, text } from './checks.ts';
import { template } from './validate-templates.ts';

const RECIPIENTS = ['id', 'user_ref', 'comment_id', 'post_id', 'notification_messages_token'] as const;

const ACTIONS = ['typing_on', 'typing_off', 'mark_seen', 'react', 'unreact'];
/** The others stopped working in 2026. https://developers.facebook.com/docs/messenger-platform/send-messages/message-tags */
const TAGS = ['HUMAN_AGENT'];

/** Null, or what is wrong with the form of a call. */
export function checkCall(body: JsonObject): Check {
  return first(
    () => object(body.recipient, 'recipient', recipient),
    () => (body.message !== undefined && body.sender_action !== undefined ? both() : null),
    () => (body.sender_action === undefined ? message(body) : action(body)),
  );
}

const both = (): Check => ({ code: 100, subcode: 2_018_145 });

function recipient(found: JsonObject): Check {
  const given = RECIPIENTS.filter(name => found[name] !== undefined);
  if (given.length !== 1) return invalid('The parameter recipient must have exactly one identifier');
  if (found.id === undefined) return text(found[given[0] ?? 'id'], `recipient[${given[0]}]`, 512);
  return /^\d{5,32}$/.test(asId(found.id) ?? '')
    ? null
    : invalid('Param recipient[id] must be a valid ID string (e.g., "123")');
}

function action(body: JsonObject): Check {
  const name = String(body.sender_action).toLowerCase();
  return first(
    () => oneOf(name, 'sender_action', ACTIONS),
    () => (asObject(body.recipient)?.id === undefined ? missing('recipient[id]') : null),
    () => (name === 'react' || name === 'unreact' ? object(body.payload, 'payload', reaction(name)) : null),
  );
}

const reaction =
  (name: string) =>
  (payload: JsonObject): Check =>
    first(
      () => text(payload.message_id, 'payload[message_id]', 512),
      () => (name === 'unreact' ? null : text(payload.reaction, 'payload[reaction]', 64)),
      () =>
        name === 'unreact' ||
        /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(String(payload.reaction))
          ? null
          : invalid('Param payload[reaction] must be an emoji'),
    );

function message(body: JsonObject): Check {
  const found = asObject(body.message);
  if (found === undefined) return missing('message');
  return first(
    () => messagingType(body, found),
    () =>
      body.notification_type === undefined
        ? null
        : oneOf(body.notification_type, 'notification_type', ['REGULAR', 'SILENT_PUSH', 'NO_PUSH']),
    () =>
      body.reply_to === undefined
        ? null
        : object(body.reply_to, 'reply_to', reply => text(reply.mid, 'reply_to[mid]', 512)),
    () => optionalText(found.metadata, 'message[metadata]', 1_000),
    () => content(found),
    () => (found.quick_replies === undefined ? null : quickReplies(found.quick_replies)),
  );
}

function messagingType(body: JsonObject, found: JsonObject): Check {
  const { messaging_type: type, tag } = body;
  const isUtility = type === 'UTILITY';
  return first(
    () =>
      type === undefined
        ? null
        : oneOf(type, 'messaging_type', ['RESPONSE', 'UPDATE', 'MESSAGE_TAG', 'UTILITY']),
    () => (type === 'MESSAGE_TAG' ? oneOf(tag, 'tag', TAGS) : null),
    () =>
      isUtility === (found.template !== undefined)
        ? null
        : invalid('A utility message needs a template, and a template messaging_type UTILITY'),
  );
}

function content(found: JsonObject): Check {
  if (found.template !== undefined) return object(found.template, 'message[template]', utility);
  if (found.text === undefined && found.attachment === undefined) return { code: 100, subcode: 2_018_034 };
  if (found.text !== undefined && found.attachment !== undefined)
    return invalid('Message cannot have both text and an attachment');
  if (found.text === '') return { code: 100, subcode: 2_018_034 };
  if (found.text !== undefined) return text(found.text, 'message[text]', 2_000);
  return object(found.attachment, 'message[attachment]', attachment);
}

/** Whatever its name says: a template that begins with `missing_` exists nowhere. */
const utility = (found: JsonObject): Check =>
  first(
    () => text(found.name, 'message[template][name]', 512),
    () =>
      object(found.language, 'message[template][language]', language =>
        text(language.code, 'message[template][language][code]', 15),
      ),
    () => (String(found.name).startsWith('missing_') ? invalid('Template does not exist') : null),
  );

function attachment(found: JsonObject): Check {
  const at = 'message[attachment]';
  const payload = asObject(found.payload);
  return first(
    () => oneOf(found.type, `${at}[type]`, ['image', 'video', 'audio', 'file', 'template']),
    () => (payload === undefined ? missing(`${at}[payload]`) : null),
    () => (found.type === 'template' ? template(payload ?? {}, `${at}[payload]`) : file(payload ?? {}, at)),
  );
}

/** An address Meta can fetch, or an uploaded file's id. */
const file = (payload: JsonObject, at: string): Check =>
  payload.attachment_id === undefined
    ? address(payload.url, `${at}[payload][url]`)
    : first(
        () => (payload.url === undefined ? null : invalid('Param url cannot go with attachment_id')),
        () => text(String(payload.attachment_id), `${at}[payload][attachment_id]`, 64),
      );

const quickReplies = (value: JsonValue): Check =>
  list(value, 'message[quick_replies]', [1, 13], (reply, at) =>
    first(
      () => oneOf(reply.content_type, `${at}[content_type]`, ['text', 'user_phone_number', 'user_email']),
      () => (reply.content_type === 'text' ? text(reply.title, `${at}[title]`, 20) : null),
      () => (reply.content_type === 'text' ? text(reply.payload, `${at}[payload]`, 1_000) : null),
      () => (reply.image_url === undefined ? null : address(reply.image_url, `${at}[image_url]`)),
    ),
  );
