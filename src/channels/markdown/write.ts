/**
 * Markdown in a platform's own dialect, in parts no longer than the platform takes. A part ends between blocks
 * where it can, else between lines, sentences, words, and at the worst between graphemes; formatting and code
 * fences that are cut are closed and opened again, so that every part stands by itself.
 */
import { niceCut } from '../text.ts';
import { type Block, parseMarkdown, type Run } from './parse.ts';

/** How one platform writes formatted text. `escape` makes literal text literal: it can neither format nor mention. */
export interface Dialect {
  readonly escape: (text: string) => string;
  /** Literal text inside inline code. */
  readonly escapeCode: (text: string) => string;
  /** Literal text inside code blocks; as inside inline code, unless given. */
  readonly escapeFence?: (text: string) => string;
  readonly strong: readonly [string, string];
  readonly emphasis: readonly [string, string];
  readonly strike: readonly [string, string];
  readonly code: readonly [string, string];
  readonly fence: readonly [string, string];
  readonly quote: string;
  readonly bullet: string;
  /** `label` is written and escaped; `bare` when it says nothing but the address. */
  readonly link: (label: string, href: string, bare: boolean) => string;
}

export interface Room {
  /** For a link alone: as long as a part may be that holds nothing else. `max`, unless given. */
  readonly wide?: number;
  /** Called for each address that fits into no part: its pieces lead nowhere. */
  readonly torn?: () => void;
}

/**
 * The text in the dialect, in parts of at most `max` UTF-16 units, links alone of at most `wide`. At least one
 * part, perhaps empty. No word is left out, however little room there is; formatting is, where it would not fit.
 */
export function write(markdown: string, dialect: Dialect, max: number, room: Room = {}): readonly string[] {
  const parts: string[] = [];
  let current = '';
  const end = (): void => {
    parts.push(current);
    current = '';
  };
  /** Writes what fits, and gives what is left of the unit. */
  const take = (unit: Unit): Unit | null => {
    const gap = current === '' ? '' : unit.gap;
    const written = writeUnit(unit, dialect);
    if (current.length + gap.length + written.length <= max) {
      current += gap + written;
      return null;
    }
    // A block that fits into a part of its own is not torn apart to fill the one before.
    const keep = current !== '' && (written.length <= max || current.length > max / 2);
    const [head, tail] = keep ? ['', unit] : cutUnit(unit, dialect, max - current.length - gap.length, max);
    if (head !== '') {
      current += gap + head;
      end();
      return tail;
    }
    if (current !== '') {
      end();
      return unit;
    }
    const [forced, later] = force(unit, dialect, max, room);
    parts.push(...forced.slice(0, -1));
    current = forced.at(-1) ?? '';
    return later;
  };
  for (const unit of units(parseMarkdown(markdown), '', dialect)) {
    let rest: Unit | null = unit;
    while (rest !== null) rest = take(rest);
  }
  if (current !== '' || parts.length === 0) end();
  return parts;
}

/** One line of thought that is kept together where possible: a paragraph, an item, a code block. */
type Unit = { readonly gap: string; readonly first: string; readonly next: string } & (
  | { readonly runs: readonly Run[] }
  | { readonly code: string }
);

function units(blocks: readonly Block[], prefix: string, dialect: Dialect, gap = '\n\n'): readonly Unit[] {
  return blocks.flatMap((block, index) => unitsOf(block, prefix, dialect, index === 0 ? '\n\n' : gap));
}

function unitsOf(block: Block, prefix: string, dialect: Dialect, gap: string): readonly Unit[] {
  const base = { gap: join(gap, prefix), first: prefix, next: prefix };
  switch (block.kind) {
    case 'paragraph':
      return [{ ...base, runs: block.runs }];
    case 'heading':
      return [{ ...base, runs: block.runs.map(run => ({ ...run, strong: true })) }];
    case 'code':
      return [{ ...base, code: block.text }];
    case 'rule':
      return [{ ...base, runs: [{ text: '———' }] }];
    case 'quote':
      return units(block.blocks, prefix + dialect.quote, dialect).map((unit, index) =>
        index === 0 ? { ...unit, gap: base.gap } : unit,
      );
    case 'table':
      return block.rows.map((cells, row) => ({
        ...base,
        gap: row === 0 ? base.gap : `\n`,
        runs: cells.flatMap((cell, column) => (column === 0 ? cell : [{ text: ' | ' }, ...cell])),
      }));
    case 'list':
      return block.items.flatMap((item, index) => listItem(item, index, block.start, prefix, dialect, gap));
  }
}

function listItem(
  item: readonly Block[],
  index: number,
  start: number | null,
  prefix: string,
  dialect: Dialect,
  gap: string,
): readonly Unit[] {
  const marker = start === null ? dialect.bullet : `${start + index}. `;
  const indent = prefix + ' '.repeat(marker.length);
  const inner = item.length === 0 ? [{ kind: 'paragraph', runs: [] } as const] : item;
  return units(inner, indent, dialect, '\n').map((unit, position) => {
    const outer = index === 0 && position === 0 ? join(gap, prefix) : '\n';
    return position === 0 ? { ...unit, gap: outer, first: prefix + marker } : { ...unit, gap: '\n' };
  });
}

/** The blank line between two blocks of a quote carries the quote's mark. */
const join = (gap: string, prefix: string): string =>
  gap === '\n\n' && prefix.trim() !== '' ? `\n${prefix.trimEnd()}\n` : gap;

function writeUnit(unit: Unit, dialect: Dialect): string {
  const [open, close] = dialect.fence;
  const { escapeFence = dialect.escapeCode } = dialect;
  const body =
    'code' in unit ? `${open}\n${escapeFence(unit.code)}\n${close}` : writeRuns(unit.runs, dialect);
  return unit.first + (unit.next === '' ? body : body.replaceAll('\n', `\n${unit.next}`));
}

function writeRuns(runs: readonly Run[], dialect: Dialect): string {
  return runs.map(run => writeRun(run, dialect)).join('');
}

/** Marks hold neither across lines nor beside blanks on most platforms, so each line gets its own, tightly. */
function writeRun(run: Run, dialect: Dialect): string {
  if (!run.strong && !run.emphasis && !run.strike && !run.code && run.href === undefined)
    return dialect.escape(run.text);
  return run.text
    .split('\n')
    .map(line => writeLine({ ...run, text: line }, dialect))
    .join('\n');
}

function writeLine(run: Run, dialect: Dialect): string {
  const inner = run.text.trim();
  if (inner === '') return run.text;
  const at = run.text.indexOf(inner);
  let written = run.code
    ? dialect.code[0] + dialect.escapeCode(inner) + dialect.code[1]
    : dialect.escape(inner);
  if (run.href !== undefined) written = dialect.link(written, run.href, isBare(inner, run.href));
  if (run.strike) written = dialect.strike[0] + written + dialect.strike[1];
  if (run.emphasis) written = dialect.emphasis[0] + written + dialect.emphasis[1];
  if (run.strong) written = dialect.strong[0] + written + dialect.strong[1];
  return run.text.slice(0, at) + written + run.text.slice(at + inner.length);
}

const isBare = (text: string, href: string): boolean =>
  href === text || href === `mailto:${text}` || href === `tel:${text}` || href === `http://${text}`;

/** The longest head of the unit whose written form fits, and what is left; an empty head where nothing fits. */
function cutUnit(unit: Unit, dialect: Dialect, room: number, max: number): readonly [string, Unit | null] {
  const text = 'code' in unit ? unit.code : plain(unit.runs);
  const low = longest(text.length, at => writeUnit(head(unit, at), dialect).length <= room);
  if (low === text.length) return [writeUnit(unit, dialect), null];
  if (low === 0) return ['', unit];
  // Little room and no good place to cut: better a part of its own.
  const nice = niceCut(text, low, 'code' in unit ? ['\n'] : undefined);
  const at = 'code' in unit ? nice : outsideLink(unit.runs, nice);
  if (at === 0 || (at < low / 4 && room < max)) return ['', unit];
  return [writeUnit(head(unit, at, true), dialect), tail(unit, at)];
}

/** The longest length that fits, found by halving; 0 where none does. */
function longest(length: number, fits: (length: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Before the link that would be cut in its label: both halves would carry the address, which is the longer part
 * of it, and half an address as a label says something else than where it leads.
 */
function outsideLink(runs: readonly Run[], at: number): number {
  let from = 0;
  for (const run of runs) {
    const to = from + run.text.length;
    if (from < at && at < to && run.href !== undefined && run.href.length >= run.text.length) return from;
    from = to;
  }
  return at;
}

const plain = (runs: readonly Run[]): string => runs.map(run => run.text).join('');

function head(unit: Unit, at: number, tidy = false): Unit {
  if ('code' in unit)
    return { ...unit, code: tidy ? unit.code.slice(0, at).replace(/\n$/, '') : unit.code.slice(0, at) };
  return { ...unit, runs: sliceRuns(unit.runs, 0, at, tidy) };
}

function tail(unit: Unit, at: number): Unit {
  const later = { gap: '\n', first: unit.next, next: unit.next };
  if ('code' in unit) return { ...later, code: unit.code.slice(at) };
  return { ...later, runs: sliceRuns(unit.runs, at, Number.POSITIVE_INFINITY) };
}

function sliceRuns(runs: readonly Run[], from: number, to: number, tidy = false): readonly Run[] {
  const out: Run[] = [];
  let at = 0;
  for (const run of runs) {
    const text = run.text.slice(Math.max(0, from - at), Math.max(0, to - at));
    at += run.text.length;
    if (text !== '') out.push({ ...run, text });
  }
  const last = out.at(-1);
  if (tidy && last !== undefined) out[out.length - 1] = { ...last, text: last.text.trimEnd() };
  return out;
}

type Forced = readonly [readonly string[], Unit | null];

/** Nothing of the unit fits with its markup: the first run goes as well as it can. Also what is left then. */
function force(unit: Unit, dialect: Dialect, max: number, room: Room): Forced {
  if ('code' in unit) return [cutHard(unit.code, dialect, max), null];
  const [run, next, ...others] = unit.runs;
  if (run === undefined) return [[], null];
  // It begins a line of its own.
  const trimmed = next === undefined ? [] : [{ ...next, text: next.text.trimStart() }, ...others];
  const runs = trimmed.filter(({ text }) => text !== '');
  const later = { gap: '\n', first: unit.next, next: unit.next, runs };
  return [forceRun(run, dialect, max, room), runs.length === 0 ? null : later];
}

/** With its own formatting, else as bare text; an address too long to stand beside its label stands alone. */
function forceRun(run: Run, dialect: Dialect, max: number, { wide = max, torn }: Room): readonly string[] {
  const written = writeRun(run, dialect);
  if (written.length <= (run.href === undefined ? max : wide)) return [written];
  if (run.href === undefined) return cutHard(run.text, dialect, max);
  const label = isBare(run.text, run.href) ? [] : cutHard(run.text, dialect, max);
  const address = dialect.link(dialect.escape(run.href), run.href, true);
  if (address.length <= wide) return [...label, address];
  torn?.();
  return [...label, ...cutHard(run.href, dialect, max)];
}

/** Without any formatting. */
function cutHard(text: string, dialect: Dialect, max: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest !== '') {
    const fits = (at: number): boolean => dialect.escape(rest.slice(0, at)).length <= max;
    const at = Math.max(1, niceCut(rest, longest(Math.min(rest.length, max), fits)));
    parts.push(dialect.escape(rest.slice(0, at)));
    rest = rest.slice(at);
  }
  return parts;
}
