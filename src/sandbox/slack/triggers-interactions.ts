/** Buttons, menus, modals, shortcuts and commands. https://docs.slack.dev/reference/interaction-payloads */
import type { JsonObject } from '../../message/json.ts';
import type { Draft, Trigger } from '../platform.ts';
import { letters } from '../random.ts';
import { tsOf } from './event.ts';
import {
  interactionTrigger,
  ours,
  PLACE,
  responseUrl,
  type Scene,
  sceneOf,
  spoken,
  targetTs,
  triggerId,
} from './trigger-shell.ts';

const plain = (text: string): JsonObject => ({ type: 'plain_text', text, emoji: false });

/** Something was pressed or picked in a message of ours. */
function onMessage(scene: Scene, action: JsonObject, values: JsonObject = {}): JsonObject {
  const messageTs = targetTs(scene);
  const { channel } = scene;
  return {
    type: 'block_actions',
    container: { type: 'message', message_ts: messageTs, channel_id: channel, is_ephemeral: false },
    channel: { id: channel, name: 'orders' },
    message: ours(scene, messageTs),
    state: { values },
    response_url: responseUrl('actions', scene),
    actions: [{ block_id: letters(4, scene.context.random), action_ts: scene.ts, ...action }],
  };
}

const picked = ({ context: { param } }: Scene): JsonObject => ({
  text: plain(param('title', 'Opening hours')),
  value: param('id', 'hours'),
});

function viewOf({ self, context: { random, param } }: Scene, values: JsonObject): JsonObject {
  return {
    id: `V0${letters(9, random)}`,
    team_id: self.teamId,
    type: 'modal',
    callback_id: param('callback', 'ticket'),
    private_metadata: '{"order":4711}',
    title: plain('New ticket'),
    hash: `${tsOf(1_700_000_000_000)}.${letters(8, random)}`,
    app_id: self.appId,
    app_installed_team_id: self.teamId,
    bot_id: self.botId,
    state: { values },
  };
}

const command: Trigger = {
  name: 'command',
  describe: 'a slash command',
  params: [...PLACE, 'text', 'command'],
  draft(context): Draft {
    const scene = sceneOf(context);
    const { self, user, userName, channel } = scene;
    const json = {
      token: 'ZZZZZZWSxiZZZ2yIvs3peJ',
      team_id: self.teamId,
      team_domain: 'sandbox',
      channel_id: channel,
      channel_name: channel.startsWith('D') ? 'directmessage' : 'orders',
      user_id: user,
      user_name: userName,
      command: context.param('command', '/ticket'),
      text: context.param('text', 'the lamp is broken'),
      api_app_id: self.appId,
      is_enterprise_install: 'false',
      response_url: responseUrl('commands', scene),
      trigger_id: triggerId(scene),
    };
    return { json, encoding: 'form' };
  },
};

export const interactionTriggers: readonly Trigger[] = [
  interactionTrigger('button', 'a press on one of our buttons', ['id', 'title', 'to'], scene =>
    onMessage(scene, {
      type: 'button',
      action_id: 'patchbay/0',
      text: plain(scene.context.param('title', 'My order')),
      value: scene.context.param('id', 'order'),
    }),
  ),
  interactionTrigger('select', 'a choice from one of our lists', ['id', 'title', 'to'], scene =>
    onMessage(scene, { type: 'static_select', action_id: 'patchbay/list', selected_option: picked(scene) }),
  ),
  interactionTrigger('overflow', 'a choice from the menu behind three dots', ['id', 'title', 'to'], scene =>
    onMessage(scene, { type: 'overflow', action_id: 'more', selected_option: picked(scene) }),
  ),
  interactionTrigger('date', 'a date picked, beside a filled field', ['to'], scene =>
    onMessage(
      scene,
      { type: 'datepicker', action_id: 'when', selected_date: '2026-10-12' },
      { note: { words: { type: 'plain_text_input', value: 'before noon' } } },
    ),
  ),
  interactionTrigger('link-opened', 'a press on a button that opens an address', ['to'], scene =>
    onMessage(scene, {
      type: 'button',
      action_id: 'patchbay/link/0',
      text: plain('See for yourself'),
      url: 'https://acme.example',
    }),
  ),
  interactionTrigger('view-submission', 'a modal, filled in', ['text', 'callback'], scene => ({
    type: 'view_submission',
    view: viewOf(scene, {
      title: { words: { type: 'plain_text_input', value: scene.context.param('text', 'Broken lamp') } },
      kind: { pick: { type: 'static_select', selected_option: { text: plain('Bug'), value: 'bug' } } },
    }),
    response_urls: [],
  })),
  interactionTrigger('view-closed', 'a modal that was closed without being sent', ['callback'], scene => ({
    type: 'view_closed',
    view: viewOf(scene, {}),
    is_cleared: false,
  })),
  interactionTrigger('shortcut', 'a shortcut from anywhere', ['callback'], scene => ({
    type: 'shortcut',
    callback_id: scene.context.param('callback', 'new_ticket'),
    action_ts: scene.ts,
  })),
  interactionTrigger(
    'message-shortcut',
    'a shortcut used on a message',
    ['callback', 'text', 'to'],
    scene => {
      const messageTs = targetTs(scene);
      return {
        type: 'message_action',
        callback_id: scene.context.param('callback', 'make_ticket'),
        action_ts: scene.ts,
        message_ts: messageTs,
        message: spoken({ ...scene, ts: messageTs }, scene.context.param('text', 'The lamp is broken')),
        channel: { id: scene.channel, name: 'orders' },
        response_url: responseUrl('actions', scene),
      };
    },
  ),
  interactionTrigger('options', 'a menu asks what to offer, and waits for it', ['text'], scene => ({
    type: 'block_suggestion',
    action_id: 'customer',
    block_id: 'b1',
    value: scene.context.param('text', 'acm'),
    container: { type: 'message', message_ts: targetTs(scene), channel_id: scene.channel },
    channel: { id: scene.channel, name: 'orders' },
  })),
  interactionTrigger('unknown-interaction', 'an interaction that is not invented yet', [], () => ({
    type: 'mind_reading',
  })),
  command,
];
