/** What the methods of the Web API share. */
import { asId, asObject } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import type { AccountContext, Taken } from '../platform.ts';
import type { Self } from './account.ts';
import { type Arguments, type Refused, refused } from './calls.ts';
import type { Workspace } from './workspace.ts';

export interface Api {
  readonly context: AccountContext;
  readonly self: Self;
  readonly known: Workspace;
}

/** The conversation a call is about; refused where it cannot be used. */
export function conversation({ known }: Api, args: Arguments): { readonly id: string } | Refused {
  const channel = asId(args.channel) ?? asId(args.channel_id);
  if (channel === undefined) return refused('channel_not_found');
  const objection = known.objection(channel);
  return objection === null ? { id: known.conversationOf(channel) } : refused(objection);
}

const TS = /^\d{1,12}\.\d{1,9}$/;
export const isTs = (value: unknown): value is string => typeof value === 'string' && TS.test(value);

/** The id of the delivery, which our posts carry in their metadata. */
export const markerOf = (message: JsonObject): string | null =>
  asId(asObject(asObject(message.metadata)?.event_payload)?.id) ?? null;

export const taken = (more: Partial<Taken>): Taken => ({
  platformId: null,
  marker: null,
  conversation: null,
  text: null,
  ...more,
});
