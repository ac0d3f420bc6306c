/** Media and captions, as the platform can show them. Pure. */
import type { Media } from '../message/content.ts';
import { write } from './markdown/write.ts';
import { escapeMarkdown, type Lose, type Piece, type Style, texts } from './piece.ts';

/** Media with its caption in as few pieces as the platform takes. */
export function media(item: Media, caption: string | undefined, style: Style, lose: Lose): readonly Piece[] {
  const support = style.capabilities.media[item.type];
  if (support.as === 'link') {
    const how = item.source.kind === 'url' ? 'a link' : 'its name: it has no address that others can open';
    lose(item.type, `${style.platform} cannot show it; sent as ${how}`);
    return texts([caption, linkText(item)].filter(Boolean).join('\n'), style, lose);
  }
  if (support.as !== item.type) lose(item.type, `${style.platform} cannot show it; sent as ${support.as}`);
  const shown: Media = { ...item, type: support.as };
  if (caption === undefined || caption === '') return [{ kind: 'media', media: shown }];
  const written = support.caption > 0 ? write(caption, style.dialect, support.caption) : [];
  if (written.length === 1) return [{ kind: 'media', media: shown, caption: written[0] ?? '' }];
  const which = support.caption > 0 ? 'no caption this long' : 'no caption';
  lose('caption', `${style.platform} takes ${which} here; sent as a message of its own`);
  return [{ kind: 'media', media: shown }, ...texts(caption, style, lose)];
}

const linkText = (item: Media): string => {
  const name = item.name ?? item.type;
  return item.source.kind === 'url'
    ? `[${escapeMarkdown(name)}](<${item.source.url}>)`
    : `[${escapeMarkdown(name)}]`;
};
