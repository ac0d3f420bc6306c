/** Where WhatsApp takes files: an id in return. https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#upload-media */
import { asNumber } from '../json.ts';
import { graphFault, graphUrl } from '../meta/graph.ts';
import { type UploadDependencies, type Uploader, uploader } from '../meta/upload.ts';
import type { WhatsAppConfig } from './config.ts';
import { errorRow } from './faults.ts';

export function mediaUploader(config: WhatsAppConfig, deps: UploadDependencies): Uploader {
  const { api, account, credentials } = config;
  return uploader(
    {
      url: graphUrl(api, account.phone_number_id, 'media'),
      authorization: `Bearer ${credentials.access_token}`,
      fields: file => ({ messaging_product: 'whatsapp', type: file.type }),
      fileField: 'file',
      answerKey: 'id',
      messageKey: 'id',
      fault(error, response, tried) {
        const row = errorRow(asNumber(error.code) ?? Number.NaN);
        return graphFault({ error, response, row, sent: {}, tried, nowMs: deps.now() });
      },
    },
    deps,
  );
}
