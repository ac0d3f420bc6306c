/** Messages, and what happens to them. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-messages */
import type { JsonObject } from '../../message/json.ts';
import type { Trigger } from '../platform.ts';
import { hex } from '../random.ts';
import { DOWNLOAD_PATH } from './shelf.ts';
import {
  addressed,
  clientInfo,
  escaped,
  html,
  newEventId,
  type Scene,
  targetOf,
  trigger,
  words,
} from './trigger-shell.ts';

const QUESTION = 'Where is my order 4711?';
const said = ({ context: { param } }: Scene, fallback = QUESTION): string => param('text', fallback);

/** Opens below our own address where there is one. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4 */
function file(scene: Scene, fallback: string): JsonObject {
  const { random, param, url } = scene.context;
  const name = param('filename', fallback);
  const id = hex(16, random);
  const [host, ended] = [url ?? 'https://contoso-my.sharepoint.example', hex(8, random)];
  return {
    contentType: 'application/vnd.microsoft.teams.file.download.info',
    content: {
      downloadUrl: `${host}${DOWNLOAD_PATH}?UniqueId=${id}&tempauth=${ended}`,
      uniqueId: id,
      fileType: name.slice(name.lastIndexOf('.') + 1),
      etag: `"{${id}},1"`,
    },
    contentUrl: `https://contoso-my.sharepoint.example/personal/ada/Documents/${encodeURIComponent(name)}`,
    name,
  };
}

function image({ self, context: { random } }: Scene): JsonObject {
  const url = self.serviceUrl.replace(/\/?$/, '/');
  return {
    contentType: 'image/*',
    contentUrl: `${url}v3/attachments/0-weu-${hex(12, random)}/views/original`,
  };
}

/** What was done to a message has its id. */
const changed = (scene: Scene, type: string, eventType: string, more: JsonObject): JsonObject => ({
  ...more,
  type,
  id: targetOf(scene),
  channelData: { eventType },
});

const reaction = (scene: Scene, list: string): JsonObject => ({
  type: 'messageReaction',
  id: targetOf(scene),
  replyToId: targetOf(scene),
  [list]: [{ type: scene.context.param('reaction', 'like') }],
  from: { id: scene.person.id, aadObjectId: scene.person.aadObjectId },
});

/** What a card submits is a message without words. */
const submitted = (scene: Scene, value: JsonObject): JsonObject => ({
  id: newEventId(scene),
  value,
  replyToId: targetOf(scene),
  entities: [clientInfo],
});

export const messageTriggers: readonly Trigger[] = [
  trigger({
    name: 'text',
    describe: 'a text in a personal chat',
    params: ['text'],
    make: scene => words(said(scene)),
  }),
  trigger({
    name: 'mention',
    describe: 'a text in a group chat that names the bot',
    params: ['text'],
    where: 'group',
    make: scene => addressed(scene, said(scene)),
  }),
  trigger({
    name: 'channel-text',
    describe: 'a text in a thread of a channel that names the bot',
    params: ['text'],
    where: 'channel',
    make: scene => addressed(scene, said(scene)),
  }),
  trigger({
    name: 'meeting-text',
    describe: 'a text in the chat of a meeting',
    params: ['text'],
    where: 'meeting',
    make: scene => addressed(scene, said(scene)),
  }),
  trigger({
    name: 'formatted',
    describe: 'a text with formatting, told as HTML',
    params: ['text'],
    make: scene => ({
      ...words(said(scene)),
      attachments: [
        html(
          `<p><strong>${escaped(said(scene))}</strong> <em>please</em></p><ul><li>one</li><li>two</li></ul>`,
        ),
      ],
    }),
  }),
  trigger({
    name: 'quoted-reply',
    describe: 'an answer that quotes another message',
    params: ['text', 'to'],
    make: scene => ({
      ...words(said(scene, 'Yes, please')),
      attachments: [
        html(
          `<blockquote itemscope="" itemtype="http://schema.skype.com/Reply" itemid="${targetOf(scene)}"><p itemprop="preview">Shall I?</p></blockquote><p>${escaped(said(scene, 'Yes, please'))}</p>`,
        ),
      ],
    }),
  }),
  trigger({
    name: 'file',
    describe: 'a file with words',
    params: ['text', 'filename'],
    make: scene => {
      const text = words(said(scene, 'Here it is'));
      return { ...text, attachments: [file(scene, 'invoice.pdf'), ...(text.attachments as JsonObject[])] };
    },
  }),
  trigger({
    name: 'files',
    describe: 'two files without words',
    make: scene => ({ attachments: [file(scene, 'photo.png'), file(scene, 'notes.txt')] }),
  }),
  trigger({
    name: 'image',
    describe: 'a picture pasted into the text',
    make: scene => ({ attachments: [image(scene)], entities: [clientInfo] }),
  }),
  trigger({
    name: 'button-text',
    describe: 'a button that speaks for the person, with a value',
    params: ['text', 'to'],
    make: scene => ({
      ...words(said(scene, 'Opening hours')),
      value: { page: 2 },
      replyToId: targetOf(scene),
    }),
  }),
  trigger({
    name: 'card-submit',
    describe: 'a button of a card of ours was pressed',
    params: ['id', 'title', 'to'],
    make: scene => {
      const { param } = scene.context;
      const [id, label] = [param('id', 'hours'), param('title', 'Opening hours')];
      return submitted(scene, { patchbay: { id, label } });
    },
  }),
  trigger({
    name: 'menu-submit',
    describe: 'something was picked in a menu of ours',
    params: ['id', 'title', 'to'],
    make: scene => {
      const { param } = scene.context;
      const [id, label] = [param('id', 'hours'), param('title', 'Opening hours')];
      return submitted(scene, { patchbay: { labels: { [id]: label } }, choice: id });
    },
  }),
  trigger({
    name: 'form-submit',
    describe: 'a form in a card was filled in',
    params: ['to'],
    make: scene => submitted(scene, { ticket: 'T-17', rating: '5' }),
  }),
  trigger({
    name: 'bot',
    describe: 'a text of another bot',
    params: ['text'],
    where: 'channel',
    make: scene => ({
      ...words(said(scene, 'Build 12 is green')),
      from: { id: '28:6a5b4c3d-2e1f-4a0b-9c8d-7e6f5a4b3c2d', name: 'Builder' },
    }),
  }),
  trigger({
    name: 'own-message',
    describe: 'a message of the bot itself, told to who may read all',
    where: 'channel',
    make: scene => ({ ...words('We said so'), from: { id: scene.self.botId, name: 'Patchbay' } }),
  }),
  trigger({
    name: 'edit',
    describe: 'a text was changed',
    params: ['text', 'to'],
    make: scene => changed(scene, 'messageUpdate', 'editMessage', words(said(scene, 'Where is 4712?'))),
  }),
  trigger({
    name: 'delete',
    describe: 'a message was deleted',
    params: ['to'],
    make: scene => changed(scene, 'messageDelete', 'softDeleteMessage', {}),
  }),
  trigger({
    name: 'undelete',
    describe: 'a deletion was taken back',
    params: ['text', 'to'],
    make: scene => changed(scene, 'messageUpdate', 'undeleteMessage', words(said(scene))),
  }),
  trigger({
    name: 'reaction',
    describe: 'a reaction to a message',
    params: ['reaction', 'to'],
    make: scene => reaction(scene, 'reactionsAdded'),
  }),
  trigger({
    name: 'reaction-removed',
    describe: 'a reaction taken back',
    params: ['reaction', 'to'],
    make: scene => reaction(scene, 'reactionsRemoved'),
  }),
  trigger({ name: 'typing', describe: 'somebody is typing', make: () => ({ type: 'typing' }) }),
  trigger({
    name: 'unknown-card',
    describe: 'a card of a kind nobody knows, forwarded',
    make: () => ({ attachments: [{ contentType: 'application/vnd.microsoft.hologram', content: {} }] }),
  }),
];
