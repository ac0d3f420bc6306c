/** Bits turned over in copies of one data folder, and the storage opened on each. */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openEmbedded } from '../../../src/storage/embedded/open.ts';
import { databaseFiles } from '../../../src/storage/embedded/redo/files.ts';
import { recover } from '../../../src/storage/embedded/redo/recover.ts';
import type { Recovery } from '../../../src/storage/embedded/redo/report.ts';
import type { Chance } from '../support/random.ts';
import { type Content, contentOf, differences } from './content.ts';
import { flipIn, meaningIn, type Part } from './damage.ts';

export interface PartFigures {
  flips: number;
  detected: number;
  /** Where nothing is read, and nothing was lost. */
  harmless: number;
  /** Where something is read, and nothing was noticed. */
  missed: number;
  /** Rows are not what they were. */
  changed: number;
}

export interface Finding {
  readonly part: Part;
  readonly offset: number;
  readonly bit: number;
  readonly kind: Recovery['kind'];
  readonly tables: readonly string[];
}

export interface Prepared {
  /** A data folder, left by a process that was killed; it is not touched. */
  readonly dir: string;
  /** Where copies are made. */
  readonly work: string;
  readonly chance: Chance;
}

export const noFigures = (): PartFigures => ({ flips: 0, detected: 0, harmless: 0, missed: 0, changed: 0 });

/** One copy after the other, each with one flip in `part`. */
export async function flipCopies(
  { dir, work, chance }: Prepared,
  part: Part,
  count: number,
): Promise<{ readonly figures: PartFigures; readonly findings: readonly Finding[] }> {
  const figures = noFigures();
  const findings: Finding[] = [];
  const copy = join(work, 'copy');
  const whole = opened(dir, copy, () => {});
  const means = meaningIn(dir);
  for (let flip = 0; flip < count; flip++) {
    let place = { path: '', offset: 0, bit: 0 };
    const found = opened(dir, copy, () => {
      place = flipIn(targetOf(copy, part, chance), chance);
    });
    const isUsed = means(part, place);
    const tables = differences(whole.content, found.content);
    const isNoticed = found.told > whole.told || (!isMain(part) && (await lookedAt(copy)));
    figures.flips++;
    if (isNoticed) figures.detected++;
    else if (isUsed) figures.missed++;
    else figures.harmless++;
    if (tables.length > 0) figures.changed++;
    if (tables.length > 0 || (isUsed && !isNoticed))
      findings.push({ part, offset: place.offset, bit: place.bit, kind: found.recovery.kind, tables });
  }
  rmSync(copy, { recursive: true, force: true });
  return { figures, findings };
}

const isMain = (part: Part): boolean => part === 'database' || part === 'wal';

interface Opened {
  readonly recovery: Recovery;
  /** How much the recovery had to say or to do. */
  readonly told: number;
  readonly content: Content;
}

function opened(dir: string, copy: string, damage: () => void): Opened {
  rmSync(copy, { recursive: true, force: true });
  cpSync(dir, copy, { recursive: true });
  damage();
  const files = databaseFiles(copy);
  const recovery = recover(files, Date.now());
  const told = recovery.applied + recovery.warnings.length + (recovery.kind === 'rebuilt' ? 1 : 0);
  return { recovery, told, content: contentOf(files.database) };
}

function targetOf(dir: string, part: Part, chance: Chance): string {
  const files = databaseFiles(dir);
  if (part === 'database') return files.database;
  if (part === 'wal') return files.wal;
  if (part === 'sums') return files.sums;
  const ending = part === 'redo' ? '.redo' : '.db';
  const names = readdirSync(files.redo).filter(name => name.endsWith(ending));
  const name = names[chance.between(0, names.length - 1)];
  if (name === undefined) throw new Error(`nothing to turn a bit of in ${basename(files.redo)}`);
  return join(files.redo, name);
}

const LOOK_LIMIT_MS = 30_000;

/** The storage opened as the hub does, until it has looked at everything. True where it says that something is wrong. */
async function lookedAt(dir: string): Promise<boolean> {
  const done = Promise.withResolvers<boolean>();
  await using _storage = await openEmbedded({
    dir,
    maxSegmentBytes: 1e6,
    maxPendingBytes: 1e6,
    onDurable: () => {},
    onLost: done.reject,
    onProblem: () => done.resolve(true),
    onLooked: () => done.resolve(false),
    redo: { lookAfterMs: 0 },
  });
  const late = setTimeout(() => done.reject(new Error('nobody looked')), LOOK_LIMIT_MS);
  return await done.promise.finally(() => clearTimeout(late));
}
