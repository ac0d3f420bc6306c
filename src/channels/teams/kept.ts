/**
 * Files the hub keeps. Teams takes none from a bot but in personal chats, and there only after a question; so a file
 * goes as an address of the hub that opens for a while. The wire message names the file, and each attempt gives it a
 * fresh address.
 */
import type { Media, OutboundContent } from '../../message/content.ts';
import type { OutboundMedia } from '../channel.ts';
import type { Wire } from './render.ts';

export interface Kept {
  /** Whether what the hub keeps can be reached from outside, as Teams wants it. */
  readonly reachable: boolean;
  /** Null where the file has no address any more. */
  fill(wire: Wire): Wire | null;
}

/** People scroll back; after this they ask again. */
const OPEN_MS = 7 * 86_400_000;
/** Stands for the address until the message is sent; nobody can have this name. */
const PLACE = 'https://kept.invalid/';

export function keptFiles(media: OutboundMedia | undefined): Kept {
  return {
    reachable: media?.link('any', OPEN_MS)?.startsWith('https:') ?? false,
    fill(wire) {
      if (wire.kept === undefined || wire.body === undefined) return wire;
      const address = media?.link(wire.kept, OPEN_MS) ?? null;
      if (address === null) return null;
      const place = placeOf(wire.kept);
      const body = JSON.parse(JSON.stringify(wire.body), (_key, value) =>
        typeof value === 'string' ? value.replaceAll(place, address) : value,
      );
      return { ...wire, body };
    },
  };
}

const placeOf = (id: string): string => PLACE + encodeURIComponent(id);

/** The content with a place for the address of its file, and which file that is. */
export function withPlaces(content: OutboundContent): {
  readonly content: OutboundContent;
  readonly id?: string;
} {
  if (content.kind === 'media' && content.media.source.kind === 'stored')
    return { content: { ...content, media: placed(content.media) }, id: content.media.source.id };
  if (content.kind === 'card' && content.image?.source.kind === 'stored')
    return { content: { ...content, image: placed(content.image) }, id: content.image.source.id };
  return { content };
}

const placed = (media: Media): Media =>
  media.source.kind === 'stored'
    ? { ...media, source: { kind: 'url', url: placeOf(media.source.id) } }
    : media;
