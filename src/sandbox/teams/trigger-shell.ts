/** What every Teams trigger shares: who, where, fresh ids, the activity around it. */
import { createHash } from 'node:crypto';
import { splitId } from '../../channels/teams/ids.ts';
import type { JsonObject } from '../../message/json.ts';
import type { Draft, Trigger, TriggerContext } from '../platform.ts';
import { digits, hex } from '../random.ts';
import { type Self, selfOf } from './account.ts';

export interface Scene {
  readonly self: Self;
  readonly person: { readonly id: string; readonly name: string; readonly aadObjectId: string };
  /** Where it happens, as Teams writes it. */
  readonly conversation: string;
  readonly context: TriggerContext;
}

const ADA = '29:1sandboxAdaExample';
const TEAM = '19:5d4c3b2a19080706f5e4d3c2b1a09f8e@thread.tacv2';
export const CHANNEL = '19:9c8b7a6f5e4d3c2b1a0099887766554a@thread.tacv2';
const GROUP = '19:c1d2e3f405162738495a6b7c8d9e0f1a@thread.v2';
const MEETING = '19:meeting_c2FuZGJveC1tZWV0aW5n@thread.v2';

/** The kinds of places there are; `from` decides which personal chat it is. */
export type Where = 'personal' | 'group' | 'channel' | 'meeting';

const PLACE = ['from', 'name', 'conversation'];

function sceneOf(context: TriggerContext, where: Where): Scene {
  const { config, now, param } = context;
  const self = selfOf(config);
  const id = param('from', ADA);
  const fallback = {
    personal: `a:1${createHash('sha256').update(`${self.appId}/${id}`).digest('base64url')}`,
    group: GROUP,
    channel: `${CHANNEL};messageid=${now - 600_000}`,
    meeting: MEETING,
  }[where];
  const person = { id, name: param('name', 'Ada Example'), aadObjectId: guidOf(id) };
  return { self, person, conversation: param('conversation', fallback), context };
}

/** Always the same for the same thing. */
export function guidOf(from: string): string {
  const sum = createHash('sha256').update(from).digest('hex');
  return `${sum.slice(0, 8)}-${sum.slice(8, 12)}-4${sum.slice(13, 16)}-8${sum.slice(17, 20)}-${sum.slice(20, 32)}`;
}

/** The id of a message: the time it was sent, with chance behind the second so that no two are the same. */
const newMessageId = ({ context: { now, random } }: Scene): string =>
  String(Math.floor(now / 1_000) - 1) + digits(3, random);

/** The id of what is no message. */
export const newEventId = ({ context: { random } }: Scene): string =>
  `f:${hex(8, random)}-${hex(4, random)}-4${hex(3, random)}-8${hex(3, random)}-${hex(12, random)}`;

/** The message something is about: given with `to`, with or without its conversation, else one a minute old. */
export function targetOf({ context: { param, now } }: Scene): string {
  const given = param('to', String(now - 60_000));
  return splitId(given)?.activity ?? given;
}

/** https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object */
function activity(scene: Scene, where: Where, more: JsonObject): JsonObject {
  const { self, person, conversation, context } = scene;
  const { channelData, ...rest } = more;
  const type = where === 'meeting' ? 'groupChat' : where === 'group' ? 'groupChat' : where;
  return {
    type: 'message',
    id: newMessageId(scene),
    timestamp: new Date(context.now - 1_000).toISOString().replace('Z', '4321Z'),
    localTimezone: 'Europe/Berlin',
    channelId: 'msteams',
    serviceUrl: self.serviceUrl,
    from: person,
    conversation: {
      ...(type === 'personal' ? {} : { isGroup: true }),
      conversationType: type,
      tenantId: self.tenantId,
      id: conversation,
    },
    recipient: { id: self.botId, name: 'Patchbay' },
    locale: 'en-US',
    ...rest,
    channelData: {
      tenant: { id: self.tenantId },
      ...(where === 'channel' ? inTeam : {}),
      ...(where === 'meeting' ? { meeting: { id: 'MCMxOTptZWV0aW5nX3NhbmRib3gjMA==' } } : {}),
      ...(channelData as JsonObject | undefined),
    },
  };
}

const inTeam: JsonObject = {
  teamsChannelId: CHANNEL,
  teamsTeamId: TEAM,
  channel: { id: CHANNEL, name: 'Orders' },
  team: { id: TEAM, aadGroupId: guidOf(TEAM), name: 'Shop' },
};

export const clientInfo: JsonObject = {
  locale: 'en-US',
  country: 'US',
  platform: 'Web',
  timezone: 'Europe/Berlin',
  type: 'clientInfo',
};

export interface Kind {
  readonly name: string;
  readonly describe: string;
  readonly params?: readonly string[];
  readonly where?: Where;
  readonly make: (scene: Scene) => JsonObject;
}

export const trigger = ({ name, describe, params = [], where = 'personal', make }: Kind): Trigger => ({
  name,
  describe,
  params: [...PLACE, ...params],
  draft(context): Draft {
    const scene = sceneOf(context, where);
    return { json: activity(scene, where, make(scene)), encoding: 'json' };
  },
});

export const html = (content: string): JsonObject => ({ contentType: 'text/html', content });

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A text as Teams sends it: plain, and once more as HTML. */
export const words = (text: string): JsonObject => ({
  text: escaped(text),
  textFormat: 'plain',
  attachments: [html(`<p>${escaped(text)}</p>`)],
  entities: [clientInfo],
});

/** A text that begins with our name. */
export const addressed = ({ self }: Scene, text: string): JsonObject => ({
  text: `<at>Patchbay</at> ${escaped(text)}`,
  textFormat: 'plain',
  attachments: [
    html(
      `<p><span itemscope="" itemtype="http://schema.skype.com/Mention" itemid="0">Patchbay</span>&nbsp;${escaped(text)}</p>`,
    ),
  ],
  entities: [
    { type: 'mention', mentioned: { id: self.botId, name: 'Patchbay' }, text: '<at>Patchbay</at>' },
    clientInfo,
  ],
});
