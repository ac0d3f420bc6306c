/** Media that only the hub has: Meta fetches from an address or takes its own id, and can do neither with them. */
import type { Media, OutboundContent } from '../../message/content.ts';
import type { Loss } from '../channel.ts';
import { escapeMarkdown } from '../piece.ts';

export interface Prepared {
  readonly content: OutboundContent;
  readonly losses: readonly Loss[];
}

export const isStored = (media: Media | undefined): boolean => media?.source.kind === 'stored';

const why = (platform: string): string =>
  `the hub keeps it, and ${platform} fetches only from an address or by its own id`;

/** Its name in its place. */
export function nameInstead(platform: string, media: Media, caption: string | undefined): Prepared {
  const name = `[${escapeMarkdown(media.name ?? media.type)}]`;
  return {
    content: { kind: 'text', text: [caption, name].filter(Boolean).join('\n') },
    losses: [{ what: media.type, why: `${why(platform)}; its name was sent` }],
  };
}

export const leftOut = (platform: string): Loss => ({ what: 'image', why: `${why(platform)}; left out` });
