/** What every Messenger trigger shares: who it is from, fresh ids, the shell around it. */
import type { JsonObject } from '../../message/json.ts';
import type { Draft, Trigger, TriggerContext } from '../platform.ts';
import { base64 } from '../random.ts';
import { AccountConfig, APP_ID } from './account.ts';
import { envelope } from './envelope.ts';

const SOMEBODY = '5481046535350151';

export const SENDER_PARAMS = ['from'];

export const personOf = ({ param }: TriggerContext): string => param('from', SOMEBODY);

export const newMid = (random: () => number): string =>
  `m_${base64(66, random).replace(/\+/g, '-').replace(/[/=]/g, '_')}`;

export const accountOf = (
  context: TriggerContext,
): { readonly pageId: string; readonly appId: string; readonly getStarted: string | undefined } => {
  const { account, profile } = AccountConfig.parse(context.config);
  return {
    pageId: account.page_id,
    appId: account.app_id ?? APP_ID,
    getStarted: profile?.get_started,
  };
};

/** An item of a person, with the part that tells what it is. */
export const itemOf = (context: TriggerContext, part: JsonObject): JsonObject => ({
  sender: { id: personOf(context) },
  recipient: { id: accountOf(context).pageId },
  timestamp: context.now,
  ...part,
});

/** Items of our page, in the list where they belong. */
export const hookOf = (context: TriggerContext, items: readonly JsonObject[], list?: string): Draft => ({
  json: envelope(accountOf(context).pageId, context.now, items, list),
  encoding: 'json',
});

/** One item of a person. */
export const itemTrigger = (
  name: string,
  describe: string,
  params: readonly string[],
  part: (context: TriggerContext) => JsonObject,
): Trigger => ({
  name,
  describe,
  params: [...SENDER_PARAMS, ...params],
  draft: context => hookOf(context, [itemOf(context, part(context))]),
});

/** One message: `content` gives all but its id. */
export const messageTrigger = (
  name: string,
  describe: string,
  params: readonly string[],
  content: (context: TriggerContext) => JsonObject,
): Trigger =>
  itemTrigger(name, describe, params, context => ({
    message: { mid: newMid(context.random), ...content(context) },
  }));

/** The message of ours that somebody answers: given with `to`, else one nobody sent. */
export const target = ({ param, random }: TriggerContext): string => param('to', newMid(random));
