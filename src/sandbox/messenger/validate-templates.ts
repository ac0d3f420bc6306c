/** Templates and their buttons, with the limits Meta documents. https://developers.facebook.com/docs/messenger-platform/send-messages/templates */
import { asText } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { first } from '../meta/checks.ts';
import { address, type Check, invalid, list, missing, object, oneOf, optionalText, text } from './checks.ts';

const TITLE = 20;
const PAYLOAD = 1_000;

const BUTTONS: Readonly<Record<string, (button: JsonObject, at: string) => Check>> = {
  web_url: (button, at) =>
    first(
      () => text(button.title, `${at}[title]`, TITLE),
      () => address(button.url, `${at}[url]`),
    ),
  postback: (button, at) =>
    first(
      () => text(button.title, `${at}[title]`, TITLE),
      () => text(button.payload, `${at}[payload]`, PAYLOAD),
    ),
  phone_number: (button, at) =>
    first(
      () => text(button.title, `${at}[title]`, TITLE),
      () =>
        /^\+\d{5,20}$/.test(asText(button.payload) ?? '')
          ? null
          : invalid(`Param ${at}[payload] is no number`),
    ),
  account_link: (button, at) => address(button.url, `${at}[url]`),
  account_unlink: () => null,
  game_play: (button, at) => text(button.title, `${at}[title]`, TITLE),
};

function button(found: JsonObject, at: string): Check {
  const type = String(found.type);
  const check = Object.hasOwn(BUTTONS, type) ? BUTTONS[type] : undefined;
  return check?.(found, at) ?? oneOf(found.type, `${at}[type]`, Object.keys(BUTTONS));
}

/** More than a title, or it is refused. */
function element(found: JsonObject, at: string): Check {
  const { subtitle, image_url: image, buttons, default_action: action } = found;
  return first(
    () => text(found.title, `${at}[title]`, 80),
    () => optionalText(subtitle, `${at}[subtitle]`, 80),
    () => (image === undefined ? null : address(image, `${at}[image_url]`)),
    () => (buttons === undefined ? null : list(buttons, `${at}[buttons]`, [1, 3], button)),
    () =>
      subtitle === undefined && image === undefined && buttons === undefined && action === undefined
        ? missing(`${at}[subtitle]`)
        : null,
  );
}

const mediaElement = (found: JsonObject, at: string): Check =>
  first(
    () => oneOf(found.media_type, `${at}[media_type]`, ['image', 'video']),
    () =>
      found.attachment_id === undefined && found.url === undefined ? missing(`${at}[attachment_id]`) : null,
    () => (found.buttons === undefined ? null : list(found.buttons, `${at}[buttons]`, [0, 3], button)),
  );

const TEMPLATES: Readonly<Record<string, (payload: JsonObject, at: string) => Check>> = {
  button: (payload, at) =>
    first(
      () => text(payload.text, `${at}[text]`, 640),
      () => list(payload.buttons, `${at}[buttons]`, [1, 3], button),
    ),
  generic: (payload, at) => list(payload.elements, `${at}[elements]`, [1, 10], element),
  media: (payload, at) => list(payload.elements, `${at}[elements]`, [1, 1], mediaElement),
  product: (payload, at) =>
    list(payload.elements, `${at}[elements]`, [1, 10], (found, here) => text(found.id, `${here}[id]`, 64)),
  receipt: (payload, at) =>
    first(
      () => text(payload.recipient_name, `${at}[recipient_name]`, 200),
      () => text(payload.order_number, `${at}[order_number]`, 200),
      () => text(payload.currency, `${at}[currency]`, 3),
      () => object(payload.summary, `${at}[summary]`, () => null),
    ),
  coupon: (payload, at) => text(payload.title, `${at}[title]`, 80),
  customer_feedback: (payload, at) =>
    first(
      () => text(payload.title, `${at}[title]`, 60),
      () => list(payload.feedback_screens, `${at}[feedback_screens]`, [1, 1], () => null),
      () =>
        object(payload.business_privacy, `${at}[business_privacy]`, found =>
          address(found.url, `${at}[url]`),
        ),
    ),
  notification_messages: (payload, at) => text(payload.title, `${at}[title]`, 65),
  calling_optin: () => null,
};

export function template(payload: JsonObject, at: string): Check {
  const type = asText(payload.template_type) ?? '';
  const check = Object.hasOwn(TEMPLATES, type) ? TEMPLATES[type] : undefined;
  return check === undefined ? invalid('Unsupported template type', 2_534_015) : check(payload, at);
}
