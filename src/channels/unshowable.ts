/** Pictures that a platform cannot show or fetch: they go as links, as files do. */
import type { Media, OutboundContent } from '../message/content.ts';
import type { Loss } from './channel.ts';
import { escapeMarkdown } from './piece.ts';

/** The content without them, and what is lost by that; a picture by itself is a file from here on. */
export function withoutUnshowable(
  content: OutboundContent,
  platform: string,
  showable: (media: Media) => boolean,
): readonly [OutboundContent, readonly Loss[]] {
  if (content.kind === 'media' && content.media.type === 'image' && !showable(content.media))
    return [{ ...content, media: { ...content.media, type: 'file' } }, []];
  if (content.kind !== 'card' || content.image === undefined || showable({ ...content.image, type: 'image' }))
    return [content, []];
  const { image: hidden, ...rest } = content;
  const text = [content.text, linkTo(hidden)].filter(Boolean).join('\n\n');
  return [{ ...rest, text }, [{ what: 'image', why: `${platform} cannot show it; sent as a link` }]];
}

const linkTo = ({ name, type, source }: Media): string =>
  source.kind === 'url' ? `[${escapeMarkdown(name ?? type)}](<${source.url}>)` : escapeMarkdown(name ?? type);
