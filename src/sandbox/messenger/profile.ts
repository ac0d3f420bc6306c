/** `/{version}/me/messenger_profile`. https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api */
import { asList, asObject } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { first } from '../meta/checks.ts';
import type { PlatformAnswer } from '../platform.ts';
import { type Check, invalid, list, missing, object, oneOf, text } from './checks.ts';
import type { Wrong } from './errors.ts';

const FIELDS = ['get_started', 'greeting', 'ice_breakers', 'persistent_menu', 'whitelisted_domains'];

const MENU_ITEMS = ['postback', 'web_url'];

const CHECKS: Readonly<Record<string, (body: JsonObject) => Check>> = {
  get_started: body =>
    object(body.get_started, 'get_started', found => text(found.payload, 'get_started[payload]', 1_000)),
  greeting: body => list(body.greeting, 'greeting', [1, 60], (one, at) => text(one.text, `${at}[text]`, 160)),
  ice_breakers: body =>
    list(body.ice_breakers, 'ice_breakers', [1, 60], (one, at) =>
      list(one.call_to_actions, `${at}[call_to_actions]`, [1, 4], (question, here) =>
        first(
          () => text(question.question, `${here}[question]`, 80),
          () => text(question.payload, `${here}[payload]`, 1_000),
        ),
      ),
    ),
  persistent_menu: body =>
    list(body.persistent_menu, 'persistent_menu', [1, 60], (one, at) =>
      list(one.call_to_actions, `${at}[call_to_actions]`, [1, 20], (item, here) =>
        first(
          () => oneOf(item.type, `${here}[type]`, MENU_ITEMS),
          () => text(item.title, `${here}[title]`, 30),
          () => text(item.type === 'web_url' ? item.url : item.payload, `${here}[payload]`, 2_000),
        ),
      ),
    ),
};

const hasDefault = (value: unknown): boolean =>
  asList(value as JsonObject[]).some(one => asObject(one)?.locale === 'default');

export interface Profile {
  call(method: string, body: JsonObject): PlatformAnswer | Wrong;
}

const SUCCESS: PlatformAnswer = { status: 200, body: { result: 'success' } };

export function messengerProfile(): Profile {
  let fields: JsonObject = {};

  function set(body: JsonObject): PlatformAnswer | Wrong {
    const given = Object.keys(body);
    const wrong = first(
      () => (given.length === 0 ? missing('get_started') : null),
      ...given.map(name => () => oneOf(name, 'fields', FIELDS)),
      ...given.map(name => () => CHECKS[name]?.(body) ?? null),
      ...['greeting', 'persistent_menu'].map(
        name => () =>
          body[name] === undefined || hasDefault(body[name])
            ? null
            : invalid(`Param ${name} must have an entry for the default locale`),
      ),
      () =>
        body.persistent_menu !== undefined &&
        body.get_started === undefined &&
        fields.get_started === undefined
          ? invalid('You must set a Get Started button if you also wish to use persistent menu')
          : null,
    );
    if (wrong !== null) return wrong;
    fields = { ...fields, ...body };
    return SUCCESS;
  }

  function remove(body: JsonObject): PlatformAnswer | Wrong {
    const names = asList(body.fields).map(String);
    if (names.length === 0) return missing('fields');
    const kept = Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
    if (kept.persistent_menu !== undefined && kept.get_started === undefined)
      return invalid('You must set a Get Started button if you also wish to use persistent menu');
    fields = kept;
    return SUCCESS;
  }

  return {
    call(method, body) {
      if (method === 'GET') return { status: 200, body: { data: [fields] } };
      return method === 'DELETE' ? remove(body) : set(body);
    },
  };
}
