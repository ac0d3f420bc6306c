/** What dialects share in making text literal, and how Markdown's own marks are written. */

/** The marks that most platforms took over from Markdown as they are. */
export const backticks = { code: ['`', '`'], fence: ['```', '```'], quote: '> ' } as const;

/** Invisible, no width: between marks it keeps them from working. */
export const JOINER = '\u2060';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text that can be neither a mention nor a link. A lone half of a surrogate pair cannot be sent at all. */
export const escapeEntities = (text: string): string =>
  text.toWellFormed().replace(/[&<>]/g, character => ENTITIES[character] ?? character);

/** The text as people read it: without joiners, entities decoded. */
export const readLiteral = (written: string): string =>
  written.replaceAll(JOINER, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** Backticks inside inline code, and a fence inside a fence, would end it. */
export const escapeCode = (text: string): string => text.replaceAll('`', `${JOINER}\`${JOINER}`);
export const escapeFence = (text: string): string => text.replaceAll('```', `\`${JOINER}\`${JOINER}\``);

/** A link where there are none: the address stands beside the label, or by itself. */
export const writtenLink = (label: string, href: string, bare: boolean): string =>
  bare ? href.replace(/^(?:mailto|tel):/i, '') : `${label} (${href})`;
