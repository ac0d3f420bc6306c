/** Buttons, lists, links, flows and the rest of `interactive`. https://developers.facebook.com/docs/whatsapp/cloud-api/messages */
import { asObject, asObjects } from '../../channels/json.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { first } from '../meta/checks.ts';
import { type Check, distinct, each, invalid, list, object, optionalText, text } from './checks.ts';

type Action = (action: JsonObject, at: string) => Check;

const buttons: Action = (action, at) =>
  first(
    () => list(action.buttons, `${at}.buttons`, [1, 3]),
    () =>
      each(action.buttons, `${at}.buttons`, (button, here) =>
        object(button.reply, `${here}.reply`, reply =>
          first(
            () => text(reply.id, `${here}.reply.id`, 256),
            () => text(reply.title, `${here}.reply.title`, 20),
          ),
        ),
      ),
    () => {
      const replies = asObjects(action.buttons).map(button => asObject(button.reply));
      return first(
        () =>
          distinct(
            replies.map(reply => reply?.id),
            `${at}.buttons.reply.id`,
          ),
        () =>
          distinct(
            replies.map(reply => reply?.title),
            `${at}.buttons.reply.title`,
          ),
      );
    },
  );

const options: Action = (action, at) =>
  first(
    () => text(action.button, `${at}.button`, 20),
    () => list(action.sections, `${at}.sections`, [1, 10]),
    () => each(action.sections, `${at}.sections`, section(asObjects(action.sections).length > 1)),
    () => {
      const rows = asObjects(action.sections).flatMap(each => asObjects(each.rows));
      if (rows.length > 10) return invalid(`${at}.sections`, 'has too many rows: total row count exceeds 10');
      return distinct(
        rows.map(row => row.id),
        `${at}.sections.rows.id`,
      );
    },
  );

const section =
  (several: boolean) =>
  (found: JsonObject, at: string): Check =>
    first(
      () => (several ? text : optionalText)(found.title, `${at}.title`, 24),
      () => list(found.rows, `${at}.rows`, [1, 10]),
      () =>
        each(found.rows, `${at}.rows`, (row, here) =>
          first(
            () => text(row.id, `${here}.id`, 200),
            () => text(row.title, `${here}.title`, 24),
            () => optionalText(row.description, `${here}.description`, 72),
          ),
        ),
    );

const link: Action = (action, at) =>
  object(action.parameters, `${at}.parameters`, parameters =>
    first(
      () => text(parameters.display_text, `${at}.parameters.display_text`, 20),
      () => text(parameters.url, `${at}.parameters.url`, 2_000),
      () =>
        /^https?:\/\//i.test(String(parameters.url))
          ? null
          : invalid(`${at}.parameters.url`, 'is not a valid URL'),
    ),
  );

const flow: Action = (action, at) =>
  object(action.parameters, `${at}.parameters`, parameters =>
    first(
      () => text(parameters.flow_message_version, `${at}.parameters.flow_message_version`, 2),
      () => text(parameters.flow_id ?? parameters.flow_name, `${at}.parameters.flow_id`, 200),
      () => text(parameters.flow_cta, `${at}.parameters.flow_cta`, 20),
    ),
  );

const named =
  (name: string): Action =>
  (action, at) =>
    action.name === name ? null : invalid(`${at}.name`, `must be ${name}`);

const anything: Action = () => null;

/** By type: what the action must be, and how long the body may be. */
const TYPES: Readonly<Record<string, { readonly action: Action; readonly body: number }>> = {
  button: { action: buttons, body: 1_024 },
  // Documented with 4096 in one place and 1024 in another: the smaller is held against everybody.
  list: { action: options, body: 1_024 },
  cta_url: { action: link, body: 1_024 },
  flow: { action: flow, body: 1_024 },
  location_request_message: { action: named('send_location'), body: 1_024 },
  request_contact_info: { action: named('request_contact_info'), body: 1_024 },
  call_permission_request: { action: named('call_permission_request'), body: 1_024 },
  voice_call: { action: named('voice_call'), body: 1_024 },
  product: { action: anything, body: 1_024 },
  product_list: { action: anything, body: 1_024 },
  catalog_message: { action: named('catalog_message'), body: 1_024 },
  carousel: { action: anything, body: 1_024 },
};

export function interactive(body: JsonObject, at: string): Check {
  const type =
    typeof body.type === 'string' && Object.hasOwn(TYPES, body.type) ? TYPES[body.type] : undefined;
  if (type === undefined) return invalid(`${at}.type`, `must be one of ${Object.keys(TYPES).join(', ')}`);
  const needsBody = body.type !== 'product' && body.type !== 'carousel';
  return first(
    () => header(body.header, `${at}.header`, body.type === 'list'),
    () =>
      body.body === undefined && !needsBody
        ? null
        : object(body.body, `${at}.body`, found => text(found.text, `${at}.body.text`, type.body)),
    () =>
      body.footer === undefined
        ? null
        : object(body.footer, `${at}.footer`, found => text(found.text, `${at}.footer.text`, 60)),
    () => object(body.action, `${at}.action`, action => type.action(action, `${at}.action`)),
  );
}

function header(value: JsonValue | undefined, at: string, onlyText: boolean): Check {
  if (value === undefined) return null;
  return object(value, at, found => {
    if (found.type === 'text') return text(found.text, `${at}.text`, 60);
    const media = ['image', 'video', 'document'].includes(String(found.type));
    if (!media || onlyText) return invalid(`${at}.type`, onlyText ? 'must be text' : 'is not valid');
    return object(found[String(found.type)], `${at}.${found.type}`, file =>
      file.id === undefined && file.link === undefined
        ? invalid(`${at}.${found.type}`, 'has neither id nor link')
        : null,
    );
  });
}
