/** What the sandbox reads of a WhatsApp channel file, and a file for a number that exists nowhere. */
import { z } from 'zod';
import { asId, asObject, asObjects } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import type { SampleOptions } from '../platform.ts';

export const AccountConfig = z.object({
  credentials: z.object({ access_token: z.string() }),
  account: z.object({ phone_number_id: z.string(), business_account_id: z.string().optional() }),
});
export type AccountConfig = z.output<typeof AccountConfig>;

/** The number people see; reserved for fiction, as all the others here. */
export const DISPLAY_NUMBER = '15550100000';
const PHONE_NUMBER_ID = '106540352242922';
export const BUSINESS_ACCOUNT_ID = '102290129340398';

const DIGITS = /^\d{5,32}$/;

/** A webhook names the number it is for in each of its changes; the first counts. */
export function sampleConfig({ secret, about }: SampleOptions): JsonObject {
  const ids = asObjects(about?.entry)
    .flatMap(entry => asObjects(entry.changes))
    .map(change => asId(asObject(asObject(change.value)?.metadata)?.phone_number_id));
  return {
    credentials: {
      access_token: secret('access_token'),
      app_secret: secret('app_secret'),
      verify_token: secret('verify_token'),
    },
    account: {
      phone_number_id: ids.find(id => id !== undefined && DIGITS.test(id)) ?? PHONE_NUMBER_ID,
      business_account_id: BUSINESS_ACCOUNT_ID,
    },
  };
}
