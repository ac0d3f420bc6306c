/** A call to a played platform: its body as JSON, and its answer where nothing follows later. */
import { isObject } from '../channels/json.ts';
import type { JsonObject } from '../message/json.ts';
import type { Handled, PlatformAnswer, Taken } from './platform.ts';

/** Undefined for what is no JSON object. */
export function jsonOf(body: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const answered = (method: string, answer: PlatformAnswer, taken: Taken | null = null): Handled => ({
  method,
  answer,
  taken,
  webhooks: [],
});
