/**
 * Everything a pipeline with a bug gave up, replayed by an operator while the hub is killed again and again. The
 * operation goes on by itself, or where it was stopped once it is resumed; each letter is taken once and in order.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { httpClient } from '../../../src/channels/http.ts';
import type { AuditEntry, BulkOperation } from '../../../src/storage/dead-letters.ts';
import type { Ledger } from '../../../src/storage/look-up.ts';
import { type Accounts, openAccounts } from '../support/accounts.ts';
import { differenceOf, ledgerOf } from '../support/books.ts';
import { pause, WORDS } from '../support/clients.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { judge, type Told, type Verdict } from '../support/judge.ts';
import { type AnyRule, forSends } from '../support/platforms.ts';
import { type Chance, chanceOf } from '../support/random.ts';
import { atLeast, atMost, type Measured, type Report } from '../support/report.ts';
import { type Operator, operatorOf } from './operator.ts';

const LETTERS: Readonly<Record<Size, number>> = { ci: 2_000, release: 100_000 };
const KILLS: Readonly<Record<Size, number>> = { ci: 2, release: 10 };
const A_CONVERSATION: Readonly<Record<Size, number>> = { ci: 20, release: 50 };
/** Letters a second: so slow that every kill finds the operation under way. */
const RATE: Readonly<Record<Size, number>> = { ci: 400, release: 1_000 };
const TYPES = ['whatsapp', 'slack'] as const;
const SIDE_BY_SIDE = 32;
const FIRST_NUMBER = 100_000_000;
const ANSWER_LIMIT_MS = 20_000;
/** Far more than the platform's word on a send that was cut off takes. */
const AMBIGUOUS_WAIT_MS = 10_000;
/** Nothing moved for so long: it never will. */
const STILL_LIMIT_MS = 60_000;
const LOOK_MS = 20;
/** Of the operation: the kills lie between them. */
const EARLIEST = 0.02;
const LATEST = 0.8;
/** From the look that finds the operation far enough to the kill: anywhere in its steps. */
const MAX_DELAY_MS = 80;

/** Some answers take their time, so that sends are under way at each kill. */
const SLOWLY: AnyRule = { chance: 0.3, do: { kind: 'hang', ms: 60, delivered: true } };

const TRIAL_HUB = fileURLToPath(new URL('../support/trial-hub.ts', import.meta.url));
const WITH_A_BUG = new URL('./processors.ts', import.meta.url).href;

export async function dlqRun({ size, seed, progress }: HarnessOptions): Promise<Report> {
  const accounts = TYPES.map(type => ({ type, id: `test-${type}` }));
  await using stage = await openAccounts({ seed, accounts, ambiguousWaitMs: AMBIGUOUS_WAIT_MS });
  const { platforms, workplace } = stage;
  const operator = operatorOf(workplace);
  const told = await makeLetters(stage, LETTERS[size], A_CONVERSATION[size]);
  progress(`${told.length} messages are dead letters`);
  platforms.weather({ rules: forSends(SLOWLY) });
  const replayed = await replayKilled({ stage, operator, size, chance: chanceOf(seed), progress });
  const books = await atRest(stage);
  const open = await operator.open();
  // Asked for once more: it is known, and nothing follows.
  const again = await operator.replay(REPLAY_KEY, RATE[size]);
  const audit = await operator.audit();
  replayed.hub.kill('SIGTERM');
  await replayed.hub.ended;
  platforms.look();
  const verdict = judge(told, platforms.taken, WORDS);
  const given = givenBack(workplace.dataFolder);
  const isSame = again.kind === 'operation' && again.operation.id === replayed.operation.id;
  const seen: Seen = { ...replayed, kills: KILLS[size], verdict, books, audit, isSame, given };
  const { ambiguous } = books.counted;
  const { hits, stops } = replayed;
  return {
    figures: figuresOf(seen, told.length),
    details: { hits, stops, open, given, ambiguous, verdict: firstOf(verdict), missed: platforms.missed },
  };
}

interface Seen extends Replayed {
  readonly kills: number;
  readonly verdict: Verdict;
  readonly books: Books;
  readonly audit: readonly AuditEntry[];
  /** The same key led to the same operation. */
  readonly isSame: boolean;
  /** How often a letter was given back. */
  readonly given: number;
}

function figuresOf(seen: Seen, letters: number): readonly Measured[] {
  const { verdict, books, audit, operation } = seen;
  const what = `${letters} dead letters replayed, ${seen.kills} kills`;
  const replays = audit.filter(({ action }) => action === 'replay');
  const others = audit.length - replays.length;
  const missing = letters - operation.processed + operation.refused;
  const effects = Math.abs(books.recounted.outbound.accepted - letters);
  // By the channel's policy, where the platform had no word on a send that was cut off.
  const doubled = Math.max(0, verdict.doubled.length - books.counted.ambiguous.resent);
  return [
    atLeast('G21', `${what}: that cut the operation off`, seen.hits, seen.kills),
    atMost('G21', `${what}: replayed twice`, Math.abs(seen.given - letters) + effects),
    atMost('G21', `${what}: lost`, verdict.lost.length + missing),
    atMost('G21', `${what}: out of the order of the conversation`, verdict.outOfOrder.length),
    atMost('G21', `${what}: replies doubled, but for sends cut off and resent`, doubled),
    atMost('G21', `${what}: replies to nobody`, verdict.strange.length),
    atMost('G21', `${what}: ledger off by`, differenceOf(books.counted)),
    atMost('G21', `${what}: recounted off by`, differenceOf(books.recounted)),
    atMost('G21', `${what}: went on although stopped`, seen.unasked),
    atMost(
      'G21',
      `${what}: audit rows but one for it, and for each stop and resume`,
      Math.abs(replays.length - 1) + Math.abs(others - 2 * seen.stops) + (seen.isSame ? 0 : 1),
    ),
  ];
}

const firstOf = (verdict: Verdict): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(verdict).map(([kind, findings]) => [kind, findings.slice(0, 5)]));

/** Messages that a pipeline with a bug gave up; the hub is gone afterwards. In the order of each conversation. */
async function makeLetters(stage: Accounts, count: number, each: number): Promise<readonly Told[]> {
  const { platforms, workplace } = stage;
  await using http = httpClient();
  const hub = await stage.start({ program: [TRIAL_HUB, workplace.configFile, WITH_A_BUG] });
  const told: Told[] = [];
  let number = FIRST_NUMBER;

  async function write(conversation: number): Promise<void> {
    const type = TYPES[conversation % TYPES.length] ?? TYPES[0];
    const own = number++;
    const said = platforms.say(`test-${type}`, conversation, own, `order ${own} please`);
    const answer = await http.request({
      method: 'POST',
      url: `${workplace.url}${said.path}`,
      headers: await platforms.sign(said),
      body: said.body,
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    const acknowledged = answer.kind === 'response' && answer.status === 200;
    told.push({ number: own, type, conversation: said.conversation, words: ['alpha'], acknowledged });
  }

  const conversations = Math.ceil(count / each);
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async (_, first) => {
      for (let turn = 0; turn < each; turn++)
        for (let at = first; at < conversations; at += SIDE_BY_SIDE) await write(at);
    }),
  );
  const { inbound } = (await atRest(stage)).counted;
  if (inbound.dead !== told.length) throw new Error(`${inbound.dead} of ${told.length} are dead letters`);
  hub.kill('SIGTERM');
  await hub.ended;
  return told;
}

interface Replayed {
  readonly hub: HubProcess;
  readonly operation: BulkOperation;
  /** Kills that found the operation under way. */
  readonly hits: number;
  readonly stops: number;
  /** Stopped, and not where it was stopped once the hub was back. */
  readonly unasked: number;
}

interface Replaying {
  readonly stage: Accounts;
  readonly operator: Operator;
  readonly size: Size;
  readonly chance: Chance;
  readonly progress: HarnessOptions['progress'];
}

const REPLAY_KEY = 'replay-of-all';

/** Resolves when the operation is done, with the last hub running. */
async function replayKilled({ stage, operator, size, chance, progress }: Replaying): Promise<Replayed> {
  const kills = KILLS[size];
  let hub = await stage.start();
  const asked = await operator.replay(REPLAY_KEY, RATE[size]);
  if (asked.kind !== 'operation') throw new Error('the replay was refused');
  const { id, total } = asked.operation;
  let [hits, stops, unasked] = [0, 0, 0];
  for (let kill = 1; kill <= kills; kill++) {
    const reached = (EARLIEST + ((LATEST - EARLIEST) * (kill - 1 + chance.next())) / kills) * total;
    await reach(id, operator, reached);
    await pause(chance.between(0, MAX_DELAY_MS));
    // Every second one is stopped, and killed while that is asked for or soon after.
    const stopKey = `stop-${kill}`;
    const stopping = kill % 2 === 0 ? operator.stop(id, stopKey) : null;
    if (stopping !== null) await pause(chance.between(0, MAX_DELAY_MS));
    hub.kill('SIGKILL');
    await hub.ended;
    hub = await stage.start();
    const stopped = await stopping;
    const found = await operator.operation(id);
    if (found.state !== 'done') hits++;
    if (stopped?.kind === 'operation') {
      stops++;
      if (found.state !== 'stopped' || found.processed !== stopped.operation.processed) unasked++;
      await operator.resume(id, `resume-${kill}`);
    }
    progress(`kill ${kill}: ${found.state}, ${found.processed} of ${total}`);
  }
  return { hub, operation: await reach(id, operator, total), hits, stops, unasked };
}

/** Resolves when the operation is so far, or done. */
async function reach(id: string, operator: Operator, processed: number): Promise<BulkOperation> {
  let seen = await operator.operation(id);
  let movedAt = performance.now();
  while (seen.state !== 'done' && seen.processed < processed) {
    await pause(LOOK_MS);
    const now = await operator.operation(id);
    if (now.processed > seen.processed) movedAt = performance.now();
    if (performance.now() - movedAt > STILL_LIMIT_MS) throw new Error('the operation does not go on');
    seen = now;
  }
  return seen;
}

interface Books {
  readonly counted: Ledger;
  readonly recounted: Ledger;
}

/** Nothing is on its way any more, in the hub or to it. */
async function atRest({ platforms, workplace }: Accounts): Promise<Books> {
  let movedAt = performance.now();
  for (let before = ''; ; ) {
    const { inbound, outbound } = await ledgerOf(workplace, false);
    const { pending } = await platforms.webhooks();
    const open = `${inbound.inFlight} ${outbound.inFlight} ${pending}`;
    if (open === '0 0 0')
      return { counted: await ledgerOf(workplace, false), recounted: await ledgerOf(workplace, true) };
    if (open !== before) movedAt = performance.now();
    if (performance.now() - movedAt > STILL_LIMIT_MS)
      throw new Error(`the hub did not come to an end; see ${workplace.folder}`);
    before = open;
    await pause(100);
  }
}

/** How often a letter was given back, by the numbers that are handed out for it. The hub is gone. */
function givenBack(dataFolder: string): number {
  using database = new DatabaseSync(join(dataFolder, 'hub.db'), { readOnly: true });
  return Number(database.prepare("SELECT value FROM meta WHERE key = 'replays'").get()?.value ?? 0);
}
