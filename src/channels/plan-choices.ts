/** Choices: on buttons, in a list, or numbered in the text. Pure. */
import type { Choice } from '../message/content.ts';
import type { Loss } from './channel.ts';
import { write } from './markdown/write.ts';
import { escapeMarkdown, type Lose, type Piece, type Style, texts, tornIn } from './piece.ts';
import { shorten } from './text.ts';

/** What is offered below a text. */
export function choices(
  text: string,
  offered: readonly Choice[],
  style: Style,
  lose: Lose,
): readonly Piece[] {
  const [shown, written] = splitLinks(offered, style.capabilities.choices.links);
  if (written.length > 0)
    lose('links', `${style.platform} cannot put them on buttons here; written into the text`);
  const body = [text, ...written.map(choice => `${escapeMarkdown(choice.label)}: ${choice.url}`)].join(
    '\n\n',
  );
  if (shown.length === 0) return texts(body, style, lose);
  const menu = asList(shown, style, lose) ?? asButtons(shown, style, lose);
  if (menu !== null) return withMenu(menu, body, style, lose);
  lose('choices', `${style.platform} cannot offer these ${shown.length}; sent as numbered text`);
  const lines = shown.map(
    (choice, index) => `${index + 1}. ${escapeMarkdown(choice.label)}${detail(choice)}`,
  );
  return texts(`${body}\n\n${lines.join('\n')}`, style, lose);
}

interface Menu {
  readonly kind: 'buttons' | 'list';
  readonly choices: readonly Choice[];
  /** Of the text above. */
  readonly max: number;
}

/** Null where they fit on buttons, or in no list. */
function asList(shown: readonly Choice[], { platform, capabilities }: Style, lose: Lose): Menu | null {
  const { buttons, list } = capabilities.choices;
  if (list === null || shown.length > list.max || shown.some(choice => choice.url !== undefined)) return null;
  const described = shown.some(choice => choice.description !== undefined);
  if (buttons !== null && shown.length <= buttons.max && !described && !tooLong(shown, buttons.label))
    return null;
  const fitting = shortened(shown, list.label, list.description);
  if (!distinct(fitting.choices)) return null;
  if (buttons !== null && !described)
    lose('buttons', `${platform} takes at most ${buttons.max} short buttons; sent as a list`);
  for (const { what, why } of fitting.losses) lose(what, why);
  return { kind: 'list', choices: fitting.choices, max: list.text };
}

/** Null where there are too many, or they could not be told apart. */
function asButtons(shown: readonly Choice[], { capabilities }: Style, lose: Lose): Menu | null {
  const { buttons } = capabilities.choices;
  if (buttons === null || shown.length > buttons.max) return null;
  const fitting = shortened(shown, buttons.label, 0);
  if (!distinct(fitting.choices)) return null;
  for (const { what, why } of fitting.losses) lose(what, why);
  return { kind: 'buttons', choices: fitting.choices, max: buttons.text };
}

const detail = (choice: Choice): string => {
  const more =
    choice.url ?? (choice.description === undefined ? undefined : escapeMarkdown(choice.description));
  return more === undefined ? '' : `: ${more}`;
};

function splitLinks(
  offered: readonly Choice[],
  max: number,
): readonly [readonly Choice[], readonly Choice[]] {
  const links = offered.filter(choice => choice.url !== undefined);
  const written = new Set(links.slice(max));
  return [offered.filter(choice => !written.has(choice)), [...written]];
}

/** Whether a label is longer than that. */
export const tooLong = (offered: readonly Choice[], max: number): boolean =>
  offered.some(choice => choice.label.length > max);

const distinct = (offered: readonly Choice[]): boolean =>
  new Set(offered.map(choice => choice.label)).size === offered.length;

/** The losses count only where the choices are used: labels that became the same cannot be offered. */
export function shortened(
  offered: readonly Choice[],
  label: number,
  description: number,
): { readonly choices: readonly Choice[]; readonly losses: readonly Loss[] } {
  const losses: Loss[] = [];
  if (tooLong(offered, label)) losses.push({ what: 'labels', why: `shortened to ${label} characters` });
  if (offered.some(choice => (choice.description?.length ?? 0) > description)) {
    const why = description === 0 ? 'buttons have none here' : `shortened to ${description} characters`;
    losses.push({ what: 'descriptions', why });
  }
  const choices = offered.map(({ description: text, ...choice }) => ({
    ...choice,
    label: shorten(choice.label, label),
    ...(text === undefined || description === 0 ? {} : { description: shorten(text, description) }),
  }));
  return { choices, losses };
}

/** What is too long for the text above a menu goes before it, in messages of its own. */
function withMenu(menu: Menu, markdown: string, style: Style, lose: Lose): readonly Piece[] {
  const wide = Math.max(menu.max, style.capabilities.text.max);
  const parts = write(markdown, style.dialect, menu.max, { wide, torn: tornIn(style, lose) });
  const last = parts.at(-1) ?? '';
  const above = last.length > menu.max ? '' : last;
  const before = (above === last ? parts.slice(0, -1) : parts).map(text => ({ kind: 'text', text }) as const);
  return [...before, { kind: menu.kind, text: above, choices: menu.choices }];
}
