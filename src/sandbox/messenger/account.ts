/** What the sandbox reads of a Messenger channel file, and a file for a page that exists nowhere. */
import { z } from 'zod';
import { asId, asObjects } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import type { SampleOptions } from '../platform.ts';

export const AccountConfig = z.object({
  credentials: z.object({ access_token: z.string(), app_secret: z.string() }),
  account: z.object({ page_id: z.string(), app_id: z.string().optional() }),
  api: z.object({ appsecret_proof: z.boolean() }),
  profile: z.object({ get_started: z.string().optional() }).optional(),
});
export type AccountConfig = z.output<typeof AccountConfig>;

const PAGE_ID = '682498302938465';
export const APP_ID = '1517776481860111';
export const GET_STARTED = 'GET_STARTED';

const DIGITS = /^\d{5,32}$/;

/** A webhook names the page in each of its entries; the first counts. */
export function sampleConfig({ secret, about }: SampleOptions): JsonObject {
  const ids = asObjects(about?.entry).map(entry => asId(entry.id));
  return {
    credentials: {
      access_token: secret('access_token'),
      app_secret: secret('app_secret'),
      verify_token: secret('verify_token'),
    },
    account: { page_id: ids.find(id => id !== undefined && DIGITS.test(id)) ?? PAGE_ID, app_id: APP_ID },
    profile: { get_started: GET_STARTED },
  };
}
