/** Files of a message. https://docs.slack.dev/reference/objects/file-object */
import type { InboundContent, Media } from '../../message/content.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asNumber, asText, compact } from '../json.ts';
import { nameForReason } from './telling.ts';

type FileContent = Extract<InboundContent, { kind: 'media' } | { kind: 'unsupported' }>;

/** Modes of files that are named but no longer there. */
const GONE = new Set(['tombstone', 'hidden_by_limit']);

export function readFile(file: JsonObject): FileContent {
  const id = asId(file.id);
  const mode = asText(file.mode) ?? 'hosted';
  if (id === undefined || GONE.has(mode)) {
    return {
      kind: 'unsupported',
      platformType: `file/${nameForReason(mode)}`,
      detail: 'the file is not there',
    };
  }
  const mimeType = asId(file.mimetype);
  const bytes = asNumber(file.size);
  const media: Media = compact({
    type: typeOf(asText(file.subtype), mimeType),
    source: sourceOf(file, id),
    mimeType,
    name: asId(file.name) ?? asId(file.title),
    bytes: bytes !== undefined && bytes >= 0 && Number.isSafeInteger(bytes) ? bytes : undefined,
  });
  return { kind: 'media', media };
}

/**
 * A file kept elsewhere is an address anybody may have written: fetched without our token. Slack's own are
 * resolved by id, with the token, at download time.
 */
function sourceOf(file: JsonObject, id: string): Media['source'] {
  const url = asId(file.external_url) ?? asId(file.url_private);
  return file.is_external === true && url !== undefined && /^https?:\/\//i.test(url)
    ? { kind: 'url', url }
    : { kind: 'platform', ref: id };
}

function typeOf(subtype: string | undefined, mimeType: string | undefined): Media['type'] {
  if (subtype === 'slack_audio') return 'voice';
  if (subtype === 'slack_video') return 'video';
  const [family] = (mimeType ?? '').split('/');
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'file';
}
