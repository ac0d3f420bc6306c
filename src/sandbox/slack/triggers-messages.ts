/** Messages, and what happens to them. https://docs.slack.dev/reference/events/message */
import { compact } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import type { Trigger } from '../platform.ts';
import { letters } from '../random.ts';
import { SAMPLES, type Sample } from '../samples.ts';
import { tsOf } from './event.ts';
import { eventTrigger, place, type Scene, spoken, targetTs } from './trigger-shell.ts';

const QUESTION = 'Where is my order 4711?';
const DIRECT = 'D0PNCRP9N';

const said = (scene: Scene, fallback = QUESTION): string => scene.context.param('text', fallback);

const message = (scene: Scene, text: string, more: JsonObject = {}): JsonObject => ({
  ...spoken(scene, text),
  ...place(scene),
  ...more,
});

/** The same message before and after something was done to it. */
function older(scene: Scene, text: string, more: JsonObject = {}): JsonObject {
  const { blocks: _blocks, ...rest } = spoken({ ...scene, ts: targetTs(scene) }, text);
  return { ...rest, ...more };
}

const hidden = (scene: Scene): JsonObject => ({ ...place(scene), hidden: true, ts: scene.ts });

function file(scene: Scene, sample: Sample, more: JsonObject = {}): JsonObject {
  const { random, param } = scene.context;
  const id = `F0${letters(9, random)}`;
  const [, ending = 'bin'] = sample.mimeType.split(/[/;]/);
  const name = param('filename', `${id}.${ending}`);
  const path = `https://files.slack.com/files-pri/${scene.self.teamId}-${id}`;
  return {
    id,
    created: Math.floor(scene.context.now / 1_000),
    name,
    title: name,
    mimetype: sample.mimeType,
    filetype: ending,
    size: sample.bytes.length,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    url_private: `${path}/${name}`,
    url_private_download: `${path}/download/${name}`,
    permalink: `https://sandbox.slack.example/files/${scene.user}/${id}`,
    file_access: 'visible',
    ...more,
  };
}

const shared = (scene: Scene, files: readonly JsonObject[], text: string): JsonObject =>
  message(scene, text, { subtype: 'file_share', files, upload: false });

export const messageTriggers: readonly Trigger[] = [
  eventTrigger('message', 'a text in a conversation the app is in', ['text'], scene =>
    message(scene, said(scene)),
  ),
  // The name every platform has for the simplest thing.
  eventTrigger('text', 'a text in a direct message', ['text'], scene => message(scene, said(scene)), DIRECT),
  eventTrigger('mention', 'a text that names the app', ['text'], scene => {
    const text = `<@${scene.self.botUserId}> ${said(scene)}`;
    const { channel_type: _type, ...where } = place(scene);
    return { ...spoken(scene, text), ...where, type: 'app_mention' };
  }),
  eventTrigger('thread-reply', 'a text in a thread', ['text', 'to'], scene =>
    message(scene, said(scene, 'Yes, please'), {
      thread_ts: targetTs(scene),
      parent_user_id: scene.self.botUserId,
    }),
  ),
  eventTrigger(
    'broadcast',
    'a text in a thread that was shown in the conversation as well',
    ['text', 'to'],
    scene =>
      message(scene, said(scene), {
        subtype: 'thread_broadcast',
        thread_ts: targetTs(scene),
        root: older(scene, 'The root of the thread', { ts: targetTs(scene) }),
      }),
  ),
  eventTrigger('me', 'a text of the third person, with /me', ['text'], scene =>
    message(scene, said(scene, 'waves'), { subtype: 'me_message' }),
  ),
  eventTrigger('file', 'a picture with words', ['text', 'filename'], scene =>
    shared(scene, [file(scene, SAMPLES.image)], said(scene, 'The box was broken')),
  ),
  eventTrigger('files', 'two files at once', ['text'], scene =>
    shared(scene, [file(scene, SAMPLES.image), file(scene, SAMPLES.document)], said(scene, 'Both of them')),
  ),
  eventTrigger('voice', 'a sound recorded in Slack', ['filename'], scene =>
    shared(scene, [file(scene, SAMPLES.audio, { subtype: 'slack_audio' })], ''),
  ),
  eventTrigger('file-gone', 'a file that was deleted', [], scene =>
    shared(scene, [{ id: `F0${letters(9, scene.context.random)}`, mode: 'tombstone' }], ''),
  ),
  eventTrigger('forwarded', 'a message that was forwarded', ['text'], scene =>
    message(scene, said(scene, 'Have you seen this?'), {
      attachments: [
        {
          is_share: true,
          channel_id: 'C0OTHER01',
          ts: tsOf(scene.context.now - 3_600_000),
          author_id: 'U0G9QF9C6',
          text: 'We are closed on Monday',
          fallback: 'We are closed on Monday',
        },
      ],
    }),
  ),
  eventTrigger('bot', 'a message of another bot', ['text'], scene => {
    const { user: _user, client_msg_id: _id, ...rest } = message(scene, said(scene, 'Build 42 is green'));
    return { ...rest, subtype: 'bot_message', bot_id: 'B0CIBOT01', username: 'ci' };
  }),
  eventTrigger('own-message', 'a message of our own, as it comes back', ['text'], scene => {
    const { client_msg_id: _id, ...rest } = message(scene, said(scene, 'Hello!'));
    return { ...rest, user: scene.self.botUserId, bot_id: scene.self.botId, app_id: scene.self.appId };
  }),
  eventTrigger('edit', 'a text changed afterwards', ['text', 'to'], scene => ({
    type: 'message',
    subtype: 'message_changed',
    message: older(scene, said(scene, 'Where is my order 4712? Not 4711.'), {
      edited: { user: scene.user, ts: scene.ts },
    }),
    previous_message: older(scene, QUESTION),
    ...hidden(scene),
  })),
  eventTrigger('link-preview', 'a preview was put below a text: nobody edited it', ['to'], scene => {
    const text = 'See https://acme.example';
    const attachments = [{ from_url: 'https://acme.example', title: 'Acme', id: 1 }];
    return {
      type: 'message',
      subtype: 'message_changed',
      message: older(scene, text, { attachments }),
      previous_message: older(scene, text),
      ...hidden(scene),
    };
  }),
  eventTrigger('delete', 'a text that was deleted', ['to'], scene => ({
    type: 'message',
    subtype: 'message_deleted',
    previous_message: older(scene, 'Never mind'),
    deleted_ts: targetTs(scene),
    ...hidden(scene),
  })),
  eventTrigger('topic', 'the topic of a conversation was changed', ['text'], scene => {
    const topic = said(scene, 'Orders and returns');
    const {
      client_msg_id: _id,
      blocks: _blocks,
      ...rest
    } = message(scene, `set the channel topic: ${topic}`);
    return compact({ ...rest, subtype: 'channel_topic', topic });
  }),
  eventTrigger('unknown-subtype', 'a kind of message that is not invented yet', ['text'], scene =>
    message(scene, said(scene, 'a hologram'), { subtype: 'hologram' }),
  ),
];
