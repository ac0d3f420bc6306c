/** What a plan is made of, and what those who plan have in common. Pure. */
import type { Choice, Contact, Media, OutboundContent } from '../message/content.ts';
import type { Capabilities } from './capabilities.ts';
import { type Dialect, write } from './markdown/write.ts';

/** One thing to show, within the platform's limits; text is already written in the platform's dialect. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'media'; readonly media: Media; readonly caption?: string }
  | { readonly kind: 'location'; readonly location: Extract<OutboundContent, { kind: 'location' }> }
  | { readonly kind: 'contacts'; readonly contacts: readonly Contact[] }
  | { readonly kind: 'buttons'; readonly text: string; readonly choices: readonly Choice[] }
  | { readonly kind: 'list'; readonly text: string; readonly choices: readonly Choice[] }
  | {
      readonly kind: 'card';
      readonly title: string;
      readonly text?: string;
      readonly image?: Media;
      readonly choices: readonly Choice[];
    }
  | { readonly kind: 'template'; readonly template: Extract<OutboundContent, { kind: 'template' }> }
  | { readonly kind: 'reaction'; readonly emoji: string; readonly target: string; readonly removed: boolean }
  | { readonly kind: 'typing'; readonly active: boolean }
  | { readonly kind: 'read'; readonly target: string }
  | { readonly kind: 'edit'; readonly target: string; readonly text: string }
  | { readonly kind: 'deletion'; readonly target: string }
  | { readonly kind: 'native'; readonly body: Extract<OutboundContent, { kind: 'native' }>['body'] };

/** What the planner needs to know of a platform. */
export interface Style {
  readonly platform: string;
  readonly capabilities: Capabilities;
  readonly dialect: Dialect;
}

/** Notes what the platform will not show, and why. */
export type Lose = (what: string, why: string) => void;

/** Markdown as texts of at most `max` UTF-16 units in the platform's dialect; none where there is nothing to see. */
export const texts = (markdown: string, style: Style, lose: Lose): readonly Piece[] =>
  write(markdown, style.dialect, style.capabilities.text.max, { torn: tornIn(style, lose) })
    .filter(text => text.trim() !== '')
    .map(text => ({ kind: 'text', text }));

/** What `write` calls for an address that no message can hold. */
export const tornIn =
  ({ platform }: Style, lose: Lose): (() => void) =>
  () =>
    lose('link', `its address is longer than a message on ${platform}; sent in pieces`);

/** The text as Markdown that shows exactly these characters. */
export const escapeMarkdown = (text: string): string => text.replace(/[\\`*_~[\]<>#|&!@.+\-)(:]/g, '\\$&');
