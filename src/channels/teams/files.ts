/**
 * What is attached to a message. Most attachments are no files: the text once more as HTML, cards, references.
 * https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4
 */
import type { Media } from '../../message/content.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asObject, asObjects, compact } from '../json.ts';

const DOWNLOAD = 'application/vnd.microsoft.teams.file.download.info';
/** A file of SharePoint's, shown in a channel: only Microsoft Graph opens it. */
const REFERENCE = 'reference';
const SILENT = new Set(['text/html', 'messageReference']);

export const readFiles = (activity: JsonObject): readonly Media[] =>
  asObjects(activity.attachments).flatMap(attachment => readFile(attachment) ?? []);

/** The kinds of what is attached and no file, for whoever wonders what is missing. */
export const strangeAttachments = (activity: JsonObject): readonly string[] =>
  asObjects(activity.attachments)
    .filter(attachment => readFile(attachment) === undefined)
    .map(attachment => asId(attachment.contentType) ?? 'unnamed')
    .filter(type => !SILENT.has(type))
    .slice(0, 20);

function readFile(attachment: JsonObject): Media | undefined {
  const type = asId(attachment.contentType);
  const name = asId(attachment.name);
  const url = asId(attachment.contentUrl);
  if (type === DOWNLOAD) {
    const content = asObject(attachment.content);
    const download = asId(content?.downloadUrl);
    if (download === undefined) return undefined;
    // Opens without a token of ours, for a short time; the other address would need one of Graph's.
    const kind = typeOfExtension(asId(content?.fileType) ?? name ?? '');
    return compact({ type: kind, source: { kind: 'url' as const, url: download }, name });
  }
  const kind = typeOfMime(type);
  if (url === undefined || (type !== REFERENCE && kind === undefined)) return undefined;
  return compact({
    type: kind ?? typeOfExtension(name ?? ''),
    source: { kind: 'platform' as const, ref: url },
    mimeType: type === REFERENCE ? undefined : type,
    name,
  });
}

function typeOfMime(type: string | undefined): Media['type'] | undefined {
  const [, family] = /^(image|audio|video)\//.exec(type ?? '') ?? [];
  return family as 'image' | 'audio' | 'video' | undefined;
}

const EXTENSIONS: Readonly<Record<string, Media['type']>> = {
  png: 'image',
  jpg: 'image',
  jpeg: 'image',
  gif: 'image',
  webp: 'image',
  bmp: 'image',
  mp4: 'video',
  mov: 'video',
  webm: 'video',
  mp3: 'audio',
  m4a: 'audio',
  wav: 'audio',
  ogg: 'audio',
};

function typeOfExtension(name: string): Media['type'] {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(EXTENSIONS, extension) ? (EXTENSIONS[extension] ?? 'file') : 'file';
}
