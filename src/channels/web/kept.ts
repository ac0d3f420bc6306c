/**
 * Files the hub keeps, in what a visitor is told. The stored message names the file; each time it is told, the
 * browser gets an address that opens for a while.
 */
import type { OutboundMedia } from '../channel.ts';
import type { Wire, WireContent, WireMedia } from './wire.ts';

const KEPT = 'media:';
/** As long as a page is likely to be looked at; who comes back is told anew. */
const OPEN_MS = 60 * 60_000;

export const keptAddress = (id: string): string => `${KEPT}${id}`;

export function freshAddresses(media: OutboundMedia | undefined): (wire: Wire) => Wire {
  const fresh = (item: WireMedia): WireMedia =>
    item.url.startsWith(KEPT) && media !== undefined
      ? { ...item, url: media.path(item.url.slice(KEPT.length), OPEN_MS) }
      : item;
  return wire => {
    const content = freshContent(wire.content, fresh);
    return content === wire.content ? wire : { ...wire, content };
  };
}

function freshContent(content: WireContent, fresh: (item: WireMedia) => WireMedia): WireContent {
  if (content.kind === 'media') return { ...content, media: fresh(content.media) };
  if (content.kind === 'card' && content.image !== undefined)
    return { ...content, image: fresh(content.image) };
  return content;
}
