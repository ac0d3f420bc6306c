/** Invokes: something was pressed, filled in or asked for, and the client waits for the answer (see reply.ts). */
import type { InboundContent } from '../../message/content.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asId, asObject, asText, compact } from '../json.ts';
import { inputsOf, readChoice, readSubmission } from './submissions.ts';
import { nameForReason, one, pick, type Telling, type Told } from './telling.ts';

export function parseInvoke(told: Told): readonly InboundEvent[] {
  const { activity } = told;
  const name = asId(activity.name);
  const value = activity.value ?? {};
  const data = asObject(value) ?? {};
  const known = name === undefined ? undefined : KINDS[name];
  if (known !== undefined && Object.hasOwn(KINDS, name ?? '')) return one(told, known(data));
  // Without a name it is a button of an old card, with whatever value its author gave it.
  if (name === undefined) return one(told, { content: readSubmission(value) });
  const system = SYSTEM.has(name) || name.startsWith('composeExtension/');
  const content: InboundContent = system
    ? compact({ kind: 'system' as const, name, data: Object.keys(data).length === 0 ? undefined : data })
    : { kind: 'unsupported', platformType: `invoke ${nameForReason(name)}` };
  return one(told, { content });
}

type Kind = (value: JsonObject) => Omit<Telling, 'id' | 'suffix'>;

const KINDS: Readonly<Record<string, Kind>> = {
  'adaptiveCard/action': adaptiveCardAction,
  'actionableMessage/executeAction': value => ({
    content: action(asId(value.actionId) ?? 'executeAction', pick(value, ['body'])),
  }),
  'task/fetch': value => ({ content: dialog(value), context: inContext(value) }),
  'task/submit': value => ({ content: submitted(undefined, value.data), context: inContext(value) }),
  'composeExtension/fetchTask': value => ({
    content: action(asId(value.commandId) ?? 'composeExtension/fetchTask', inputs(value.data)),
    context: inContext(value),
  }),
  'composeExtension/submitAction': value => ({
    content: submitted(asId(value.commandId), value.data),
    context: inContext(value),
  }),
  'config/submit': value => ({ content: submitted('config', value.data) }),
  'fileConsent/invoke': fileConsent,
  'message/submitAction': submitAction,
  'signin/verifyState': signIn('signin/verifyState'),
  'signin/tokenExchange': signIn('signin/tokenExchange'),
  'signin/failure': signIn('signin/failure'),
};

const SYSTEM = new Set(['config/fetch', 'tab/fetch', 'tab/submit', 'application/search']);

const inContext = (value: JsonObject): JsonObject =>
  pick(value, ['commandContext', 'botMessagePreviewAction', 'messagePayload']);

const inputs = (value: JsonValue | undefined): JsonObject => inputsOf(asObject(value) ?? {});

const withValues = (values: JsonObject): { values?: JsonObject } =>
  Object.keys(values).length === 0 ? {} : { values };

const action = (id: string, values: JsonObject): InboundContent => ({
  kind: 'choice',
  from: 'action',
  id,
  label: id,
  ...withValues(values),
});

/** https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model */
function adaptiveCardAction(value: JsonObject): Omit<Telling, 'id'> {
  const pressed = asObject(value.action) ?? {};
  const data = asObject(pressed.data) ?? {};
  const verb = asId(pressed.verb);
  const trigger = asId(value.trigger);
  // The client asks for a newer card by itself when it shows one: nobody pressed anything.
  if (trigger === 'automatic')
    return {
      content: compact({
        kind: 'system' as const,
        name: 'adaptiveCard/refresh',
        data: pick(pressed, ['verb', 'data']),
      }),
    };
  const id = verb ?? asId(pressed.id) ?? 'adaptiveCard/action';
  const content =
    readChoice(data) ??
    ({
      kind: 'choice',
      from: 'button',
      id,
      label: asText(pressed.title) ?? id,
      values: inputsOf(data),
    } as const);
  return { content, context: compact({ verb, trigger }) };
}

/** A button that opens a dialog: we have none to show, but can answer in the conversation. */
function dialog(value: JsonObject): InboundContent {
  const data = asObject(value.data) ?? {};
  const pressed = asObject(data.data) ?? data;
  const { type: _type, ...rest } = inputsOf(pressed);
  return readChoice(pressed) ?? action('task/fetch', rest);
}

function submitted(name: string | undefined, value: JsonValue | undefined): InboundContent {
  const data = asObject(value);
  const values =
    data === undefined ? (value === undefined || value === null ? {} : { value }) : inputsOf(data);
  return compact({ kind: 'form' as const, name, values });
}

/** https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4#invoke-activity-when-the-user-accepts-the-file */
function fileConsent(value: JsonObject): Omit<Telling, 'id'> {
  const answer = value.action === 'accept' ? 'accept' : 'decline';
  const values = pick(value, ['context', 'uploadInfo']);
  return {
    content: {
      kind: 'choice',
      from: 'button',
      id: `fileConsent/${answer}`,
      label: answer,
      ...withValues(values),
    },
  };
}

/** Thumbs up or down below a message of ours. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bot-messages-ai-generated-content */
function submitAction(value: JsonObject): Omit<Telling, 'id'> {
  const name = asId(value.actionName) ?? 'submitAction';
  const data = asObject(value.actionValue) ?? {};
  const text = feedbackText(data.feedback);
  return {
    content: compact({
      kind: 'system' as const,
      name: nameForReason(name),
      text,
      data: Object.keys(data).length === 0 ? undefined : data,
    }),
  };
}

/** Teams writes what was filled in as text with JSON in it. */
function feedbackText(feedback: JsonValue | undefined): string | undefined {
  const text = asId(feedback);
  const [, quoted] = /^\{"feedbackText":("(?:[^"\\]|\\.)*")/.exec(text ?? '') ?? [];
  if (quoted === undefined) return text === undefined || text.startsWith('{') ? undefined : text;
  try {
    return asId(JSON.parse(quoted));
  } catch {
    return undefined;
  }
}

/** The code and the token that come along are keys, and are kept out of messages. */
function signIn(name: string): Kind {
  return value => {
    const data = pick(value, ['connectionName', 'code']);
    const told = name === 'signin/failure' ? data : pick(data, ['connectionName']);
    return {
      content: compact({
        kind: 'system' as const,
        name,
        data: Object.keys(told).length === 0 ? undefined : told,
      }),
    };
  };
}
