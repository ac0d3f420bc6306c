/**
 * Buttons, menus, modals and shortcuts. `trigger_id` and `response_url` are keys (to the person's screen, to the
 * conversation) and are left out of what we store; see README.md for what that costs.
 * https://docs.slack.dev/reference/interaction-payloads
 */
import type { InboundContent } from '../../message/content.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asObject, asObjects, asText, compact } from '../json.ts';
import { digest, isTs, messageId, msOf, threadOf } from './ids.ts';
import { isLink, readAction, stateValues } from './parse-actions.ts';
import {
  channelOf,
  ignored,
  nameForReason,
  pick,
  type Receiver,
  senderOf,
  type Telling,
  tell,
  unreadable,
} from './telling.ts';
import { readSlackText } from './text.ts';
import { rawText } from './text-blocks.ts';

export function parseInteraction(payload: JsonObject, receiver: Receiver): readonly InboundEvent[] {
  switch (payload.type) {
    case 'block_actions':
      return blockActions(payload, receiver);
    case 'view_submission':
    case 'view_closed':
      return view(payload, receiver);
    case 'shortcut':
      return one(payload, receiver, { kind: 'choice', from: 'shortcut', ...callback(payload) });
    case 'message_action':
      return one(payload, receiver, {
        kind: 'choice',
        from: 'action',
        ...callback(payload),
        values: actedOn(payload),
      });
    case 'interactive_message':
      return legacyAction(payload, receiver);
    case 'dialog_submission':
      return one(
        payload,
        receiver,
        form(asId(payload.callback_id), asId(payload.state), asObject(payload.submission)),
      );
    case 'dialog_cancellation':
      return one(payload, receiver, {
        kind: 'system',
        name: 'dialog_cancellation',
        data: pick(payload, ['callback_id', 'state']),
      });
    case 'block_suggestion':
    case 'dialog_suggestion':
      return ignored(`${payload.type}: answered at once`);
    default:
      return asId(payload.type) === undefined
        ? unreadable('an interaction without a type', '/payload/type')
        : one(payload, receiver, { kind: 'unsupported', platformType: nameForReason(payload.type) });
  }
}

const callback = ({ callback_id }: JsonObject) => ({
  id: asText(callback_id) ?? '',
  label: asText(callback_id) ?? '',
});

const form = (
  name: string | undefined,
  token: string | undefined,
  values: JsonObject | undefined,
): InboundContent => compact({ kind: 'form', name, token, values: values ?? {} } as const);

/** The message a shortcut was used on. */
function actedOn(payload: JsonObject): JsonObject {
  const message = asObject(payload.message) ?? {};
  const [channel, ts] = [channelOf(payload), messageTs(payload)];
  return compact({
    message: channel !== undefined && isTs(ts) ? messageId(channel, ts) : undefined,
    sender: asId(message.user) ?? asId(message.bot_id),
    text: readSlackText(rawText(message)).text,
  });
}

/** One message of the whole payload. */
const one = (payload: JsonObject, receiver: Receiver, content: InboundContent): readonly InboundEvent[] => [
  tell(receiver, { ...surroundings(payload, receiver, asText(payload.action_ts)), content }),
];

const messageTs = (payload: JsonObject): string | undefined =>
  asId(asObject(payload.container)?.message_ts) ??
  asId(payload.message_ts) ??
  asId(asObject(payload.message)?.ts);

/**
 * Where, who and when. What has no conversation (modals, the home tab, global shortcuts) belongs to the person:
 * a message posted to a user id arrives in the direct messages with our bot.
 */
function surroundings(
  payload: JsonObject,
  receiver: Receiver,
  actionTs: string | undefined,
): Omit<Telling, 'content'> {
  const container = asObject(payload.container);
  const sender = senderOf(asObject(payload.user));
  const channel = channelOf(payload) ?? asId(container?.channel_id);
  // Nobody can answer to an ephemeral message: it is not in the conversation.
  const ts = container?.is_ephemeral === true ? undefined : messageTs(payload);
  const threadTs = asId(container?.thread_ts) ?? asId(asObject(payload.message)?.thread_ts);
  return {
    id: `${nameForReason(payload.type)}/${digest(identityOf(payload, actionTs))}`,
    conversation: channel ?? sender.id,
    thread: channel === undefined ? undefined : threadOf(channel, ts, threadTs),
    sender,
    time: msOf(actionTs) ?? receiver.signedAt,
    replyTo: channel !== undefined && isTs(ts) ? messageId(channel, ts) : undefined,
  };
}

/** What tells this interaction from every other, and stays when the same bytes come again. */
function identityOf(payload: JsonObject, actionTs: string | undefined): string {
  const view = asObject(payload.view);
  const parts = [
    payload.type,
    asObject(payload.user)?.id,
    channelOf(payload),
    view?.id,
    view?.hash,
    payload.trigger_id,
  ];
  const known = [...parts.map(asId), asId(actionTs)];
  return known.slice(3).some(part => part !== undefined) ? known.join('\n') : JSON.stringify(payload);
}

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
function blockActions(payload: JsonObject, receiver: Receiver): readonly InboundEvent[] {
  const actions = asObjects(payload.actions);
  if (actions.length === 0) return unreadable('block_actions without an action', '/payload/actions');
  const values = stateValues(
    asObject(payload.state)?.values ?? asObject(asObject(payload.view)?.state)?.values,
  );
  return actions.flatMap((action, index) => {
    if (isLink(action)) return ignored('a link was opened');
    const around = surroundings(payload, receiver, asText(action.action_ts));
    const content = compact({ ...readAction(action), values });
    const id = index === 0 ? around.id : `${around.id}/${index + 1}`;
    return [tell(receiver, { ...around, id, content, context: actionContext(payload, action) })];
  });
}

const actionContext = (payload: JsonObject, action: JsonObject): JsonObject =>
  compact({
    ...pick(action, ['action_id', 'block_id']),
    callback_id: asId(asObject(payload.view)?.callback_id),
    ephemeral: asObject(payload.container)?.is_ephemeral === true ? true : undefined,
  });

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
function view(payload: JsonObject, receiver: Receiver): readonly InboundEvent[] {
  const modal = asObject(payload.view);
  if (modal === undefined) return unreadable('a view interaction without its view', '/payload/view');
  if (payload.type === 'view_closed') {
    const data = { ...pick(modal, ['callback_id', 'private_metadata']), ...pick(payload, ['is_cleared']) };
    return one(payload, receiver, { kind: 'system', name: 'view_closed', data });
  }
  const values = stateValues(asObject(modal.state)?.values);
  return one(payload, receiver, form(asId(modal.callback_id), asId(modal.private_metadata), values));
}

/** https://docs.slack.dev/legacy/legacy-messaging/legacy-making-messages-interactive */
function legacyAction(payload: JsonObject, receiver: Receiver): readonly InboundEvent[] {
  const [action] = asObjects(payload.actions);
  if (action === undefined)
    return unreadable('an interactive message without its action', '/payload/actions');
  const [selected] = asObjects(action.selected_options);
  const id = asText(action.value) ?? asText(selected?.value) ?? asText(action.name) ?? '';
  const from = action.type === 'button' ? 'button' : 'list';
  const around = surroundings(payload, receiver, asText(payload.action_ts));
  const context = compact({
    ...pick(payload, ['callback_id']),
    name: asId(action.name),
    attachment: asId(payload.attachment_id),
  });
  return [
    tell(receiver, {
      ...around,
      content: { kind: 'choice', from, id, label: asText(selected?.text) ?? id },
      context,
    }),
  ];
}
