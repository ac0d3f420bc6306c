/** Where Messenger takes files: an attachment id in return. https://developers.facebook.com/docs/messenger-platform/reference/attachment-upload-api */
import { asObject, asText } from '../json.ts';
import { type UploadDependencies, type Uploader, type UploadOptions, uploader } from '../meta/upload.ts';
import { caller } from './call.ts';
import type { MessengerConfig } from './config.ts';

export function attachmentUploader(
  config: MessengerConfig,
  deps: UploadDependencies,
  fault: UploadOptions['fault'],
): Uploader {
  const { headers, url } = caller(config);
  return uploader(
    {
      url: url(config.account.page_id, 'message_attachments'),
      authorization: headers.authorization ?? '',
      // What it is uploaded as is what it is shown as.
      fields(_, body) {
        const type = asText(asObject(asObject(body.message)?.attachment)?.type) ?? 'file';
        return { message: JSON.stringify({ attachment: { type, payload: { is_reusable: false } } }) };
      },
      fileField: 'filedata',
      answerKey: 'attachment_id',
      messageKey: 'attachment_id',
      fault,
    },
    deps,
  );
}
