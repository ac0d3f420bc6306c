/** What is attached to a message. https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages */
import type { InboundContent, Media } from '../../message/content.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asNumber, asObject, asObjects, compact } from '../json.ts';

export interface Attached {
  /** What stands for itself, in order. */
  readonly contents: readonly InboundContent[];
  /** Previews of links and posts: what they say goes beside the message. */
  readonly links: readonly JsonObject[];
  readonly products: readonly JsonObject[];
}

const MEDIA: Readonly<Record<string, Media['type']>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'file',
  sticker: 'sticker',
  reel: 'video',
  ig_reel: 'video',
};

/** Posts, stories and pages that were shared: an address of something at Meta or anywhere. */
const LINKS: readonly string[] = ['fallback', 'share', 'post', 'ig_post', 'story_mention', 'ig_story'];

/** Neither throws nor loses one: what it does not know is `unsupported`. */
export function attachedOf(attachments: readonly JsonObject[]): Attached {
  const contents: InboundContent[] = [];
  const links: JsonObject[] = [];
  const products: JsonObject[] = [];
  for (const attachment of withoutDoubles(attachments)) {
    const type = asId(attachment.type) ?? 'unknown';
    const link = LINKS.includes(type) ? linkOf(attachment, type) : undefined;
    const shown = type === 'template' ? productsOf(attachment) : [];
    if (link !== undefined) links.push(link);
    else if (shown.length > 0) products.push(...shown);
    else contents.push(contentOf(attachment, type));
  }
  return { contents, links, products };
}

/** For a while in 2026 each sticker comes twice, as a sticker and as the image it used to be. */
function withoutDoubles(attachments: readonly JsonObject[]): readonly JsonObject[] {
  const stickers = new Set(
    attachments.filter(one => one.type === 'sticker').map(one => stickerId(asObject(one.payload))),
  );
  return attachments.filter(one => {
    const id = stickerId(asObject(one.payload));
    return one.type !== 'image' || id === undefined || !stickers.has(id);
  });
}

function stickerId(payload: JsonObject | undefined): string | undefined {
  const id = payload?.sticker_id;
  return typeof id === 'number' ? String(id) : asId(id);
}

function contentOf(attachment: JsonObject, type: string): InboundContent {
  const payload = asObject(attachment.payload);
  if (type === 'location') return locationOf(attachment, payload) ?? unsupported(type);
  if (type === 'appointment_booking' && payload !== undefined)
    return { kind: 'system', name: 'appointment', data: payload };
  const url = asId(payload?.url);
  const known = Object.hasOwn(MEDIA, type) ? MEDIA[type] : undefined;
  if (known === undefined || url === undefined) return unsupported(type);
  const media = stickerId(payload) !== undefined && known === 'image' ? 'sticker' : known;
  const name = known === 'file' ? fileName(url) : undefined;
  return {
    kind: 'media',
    media: compact({ type: media, source: { kind: 'url' as const, url }, name }),
  };
}

const TYPE_NAME = /^[a-z_]{1,48}$/;

const unsupported = (type: string): InboundContent => ({
  kind: 'unsupported',
  platformType: `attachment.${TYPE_NAME.test(type) ? type : 'unknown'}`,
});

/** The file's name is told nowhere but in its address. */
function fileName(url: string): string | undefined {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? '';
  if (last === '') return undefined;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function locationOf(attachment: JsonObject, payload: JsonObject | undefined): InboundContent | undefined {
  const coordinates = asObject(payload?.coordinates);
  const latitude = asNumber(coordinates?.lat);
  const longitude = asNumber(coordinates?.long);
  if (latitude === undefined || longitude === undefined) return undefined;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  return compact({ kind: 'location' as const, latitude, longitude, label: asId(attachment.title) });
}

/** Title and address stood beside the payload before v6.0 and stand in it since. Without an address it is nothing. */
function linkOf(attachment: JsonObject, type: string): JsonObject | undefined {
  const payload = asObject(attachment.payload);
  const url = asId(payload?.url) ?? asId(attachment.url);
  if (url === undefined) return undefined;
  return compact({ type, url, title: asId(payload?.title) ?? asId(attachment.title) });
}

/** Products of the page's catalogue that somebody shared. */
function productsOf(attachment: JsonObject): readonly JsonObject[] {
  const product = asObject(asObject(attachment.payload)?.product);
  return asObjects(product?.elements).map(item =>
    compact({
      id: asId(item.id),
      retailer_id: asId(item.retailer_id),
      title: asId(item.title),
      subtitle: asId(item.subtitle),
      image_url: asId(item.image_url),
    }),
  );
}
