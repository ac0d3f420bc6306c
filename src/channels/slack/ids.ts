/**
 * Slack's ids and times. A message is known by its channel and its `ts`; a `ts` is an id that looks like a number
 * and must stay a string: as a float it loses microseconds.
 * https://docs.slack.dev/messaging/retrieving-messages
 */
import { createHash } from 'node:crypto';

const TS = /^(\d{1,12})\.(\d{1,9})$/;

/** The platform id of a message, in both directions: `C024BE91L:1700000000.123456`. */
export const messageId = (channel: string, ts: string): string => `${channel}:${ts}`;

/** The id of the `n`th file (from 1) of a message: the first stands for the message itself. */
export const fileId = (channel: string, ts: string, n: number): string =>
  n === 1 ? messageId(channel, ts) : `${messageId(channel, ts)}/${n}`;

const MESSAGE_ID = /^([A-Z][A-Z0-9]+):(\d{1,12}\.\d{1,9})(?:\/\d+)?$/;

/** The channel and `ts` behind a message's (or its file's) platform id; undefined for anything else. */
export function splitId(id: string): { readonly channel: string; readonly ts: string } | undefined {
  const [, channel, ts] = MESSAGE_ID.exec(id) ?? [];
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}

export const isTs = (value: string | undefined): value is string => value !== undefined && TS.test(value);

/** Milliseconds since 1970 of a `ts`, without a float in between. */
export function msOf(ts: string | undefined): number | undefined {
  const [, seconds, fraction] = TS.exec(ts ?? '') ?? [];
  if (seconds === undefined || fraction === undefined) return undefined;
  return Number(seconds) * 1_000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
}

/**
 * The thread an answer belongs in. A message in a channel opens a thread of its own, so that question and answer
 * stay together; in a direct message (`D…`) people expect the answer right below. Decided by ids alone:
 * `app_mention` does not tell the type of the channel, and must come out the same as its `message` twin.
 */
export function threadOf(
  channel: string,
  ts: string | undefined,
  threadTs: string | undefined,
): string | undefined {
  if (isTs(threadTs)) return threadTs;
  return isTs(ts) && !isDirect(channel) ? ts : undefined;
}

const isDirect = (channel: string): boolean => /^[DUW]/.test(channel);

/** A short, stable stand-in for something secret or long: it is an id, and leads back to nothing. */
export const digest = (source: string | Uint8Array): string =>
  createHash('sha256').update(source).digest('hex').slice(0, 32);
