/** The shell of a webhook. https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components */
import type { JsonObject } from '../../message/json.ts';
import { BUSINESS_ACCOUNT_ID, DISPLAY_NUMBER } from './account.ts';

export interface From {
  readonly phoneNumberId: string;
  readonly businessAccountId?: string | undefined;
}

/** One change about our number. */
export const envelope = (from: From, field: string, value: JsonObject): JsonObject => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: from.businessAccountId ?? BUSINESS_ACCOUNT_ID,
      changes: [
        {
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: DISPLAY_NUMBER, phone_number_id: from.phoneNumberId },
            ...value,
          },
          field,
        },
      ],
    },
  ],
});

export const seconds = (nowMs: number): string => String(Math.floor(nowMs / 1_000));
