/** The shell of a webhook. https://developers.facebook.com/docs/messenger-platform/reference/webhook-events */
import type { JsonObject } from '../../message/json.ts';
import type { Webhook } from '../platform.ts';

/** One entry of our page: items in `messaging`, unless told otherwise. */
export const envelope = (
  pageId: string,
  nowMs: number,
  items: readonly JsonObject[],
  list = 'messaging',
): JsonObject => ({ object: 'page', entry: [{ id: pageId, time: nowMs, [list]: items }] });

export const webhook = (body: JsonObject): Webhook => ({
  body: JSON.stringify(body),
  contentType: 'application/json',
});
