/** Kills without damage: nothing may be called damaged, and everything acknowledged is there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { journalEnd, journalReader } from '../../../src/storage/embedded/journal/reader.ts';
import { databaseFiles } from '../../../src/storage/embedded/redo/files.ts';
import { recover } from '../../../src/storage/embedded/redo/recover.ts';
import { type Recovery, tellRecovery } from '../../../src/storage/embedded/redo/report.ts';
import { isBefore, type Position, parsePosition, START } from '../../../src/storage/log.ts';
import { pause } from '../support/clients.ts';
import { type Chance, chanceOf } from '../support/random.ts';
import type { Said } from './life.ts';

export interface CleanFigures {
  readonly kills: number;
  /** What was called damaged, and was not. */
  readonly alarms: readonly string[];
  /** Starts at which the last commit was taken from the redo log. */
  readonly broughtForward: number;
  readonly records: number;
  /** Taken in by the journal's position, and not there. */
  readonly lost: number;
  readonly commits: number;
}

export interface CleanOptions {
  readonly kills: number;
  readonly seed: number;
  readonly progress: (line: string) => void;
}

const PROGRAM = fileURLToPath(new URL('./life.ts', import.meta.url));
/** From its first word to the kill. */
const LIFE = { from: 0, to: 250 };
/** Killed before it says anything. */
const UNBORN = { share: 0.2, from: 20, to: 400 };
const START_LIMIT_MS = 60_000;
const TELL_EVERY = 25;

export async function cleanRun({ kills, seed, progress }: CleanOptions): Promise<CleanFigures> {
  const chance = chanceOf(seed);
  const dir = mkdtempSync(join(tmpdir(), 'patchbay-clean-'));
  const alarms: string[] = [];
  let broughtForward = 0;
  try {
    for (let kill = 1; kill <= kills; kill++) {
      for (const said of await live(dir, chance)) {
        if ('problem' in said) alarms.push(said.problem);
        else if ('lost' in said) alarms.push(said.lost);
        else {
          const recovery = said.recovery as Recovery;
          alarms.push(...tellRecovery(recovery));
          if (recovery.applied > 0) broughtForward++;
        }
      }
      if (kill % TELL_EVERY === 0) progress(`${kill} of ${kills} kills, ${alarms.length} alarms`);
    }
    const files = databaseFiles(dir);
    alarms.push(...tellRecovery(recover(files, Date.now())));
    return { kills, alarms, broughtForward, ...booksOf(dir) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function live(dir: string, chance: Chance): Promise<readonly Said[]> {
  const child = spawn(process.execPath, [PROGRAM, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const ended = new Promise<NodeJS.Signals | null>(resolve => {
    child.once('close', (_, signal) => resolve(signal));
  });
  const said = listen(child);
  if (chance.happens(UNBORN.share))
    await Promise.race([ended, pause(chance.between(UNBORN.from, UNBORN.to))]);
  else {
    await Promise.race([ended, said.first, pause(START_LIMIT_MS)]);
    await Promise.race([ended, pause(chance.between(LIFE.from, LIFE.to))]);
  }
  child.kill('SIGKILL');
  const signal = await ended;
  process.off('exit', killWithUs);
  return signal === 'SIGKILL' ? said.lines() : [...said.lines(), { lost: 'the process ended by itself' }];
}

function listen(child: ChildProcess) {
  const first = Promise.withResolvers<void>();
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    first.resolve();
  });
  return {
    first: first.promise,
    // The last line may be cut off by the kill.
    lines: (): Said[] =>
      text
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line) as Said),
  };
}

function booksOf(dir: string): Pick<CleanFigures, 'records' | 'lost' | 'commits'> {
  const files = databaseFiles(dir);
  const db = new DatabaseSync(files.database, { readOnly: true });
  try {
    const stored = db.prepare("SELECT value FROM meta WHERE key = 'position'").get();
    const reached = parsePosition(String(stored?.value ?? '0:0'));
    const known = db.prepare('SELECT COUNT(*) AS n FROM inbound WHERE id = ?');
    let records = 0;
    let lost = 0;
    for (const id of idsIn(files.journal, reached)) {
      records++;
      if (known.get(id)?.n !== 1) lost++;
    }
    const commits = db.prepare("SELECT value FROM meta WHERE key = 'commit'").get();
    return { records, lost, commits: Number(commits?.value ?? 0) };
  } finally {
    db.close();
  }
}

function* idsIn(journal: string, reached: Position): Generator<string> {
  const reader = journalReader(journal);
  const end = isBefore(reached, journalEnd(journal)) ? reached : journalEnd(journal);
  for (let next = START; isBefore(next, end); ) {
    const batch = reader.read(next, 1_000_000, end);
    if (batch.records.length === 0) return;
    for (const { record } of batch.records) yield record.id;
    next = batch.next;
  }
}
