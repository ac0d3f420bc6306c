/** Messages that throw, hang, use up all memory, and end the process: how long others wait for them. */
import { fileURLToPath } from 'node:url';
import { type Accounts, openAccounts, type Sent } from '../support/accounts.ts';
import { ledgerOf, ledgerOff, messagesOf } from '../support/books.ts';
import { pause } from '../support/clients.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { atMost, type Measured, type Report } from '../support/report.ts';
import { POISONS } from './processors.ts';

const TRIAL_HUB = fileURLToPath(new URL('../support/trial-hub.ts', import.meta.url));
const PROCESSORS = new URL('./processors.ts', import.meta.url).href;
const MAX_ATTEMPTS = 3;
const MAX_MEMORY_MB = 256;
const ROUNDS: Readonly<Record<Size, number>> = { ci: 1, release: 5 };
const ACCOUNT = 'poisoned';
const OTHERS_EVERY_MS = 100;
const MAX_RESTARTS = 3;
const MAX_DELAY_S = 10;
const OVER_LIMIT_MS = 90_000;
/** Far from the conversations of the others. */
const POISONED = 50_000;

export async function poisonRun({ size, seed, progress }: HarnessOptions): Promise<Report> {
  await using accounts = await openAccounts({
    seed,
    accounts: [{ type: 'whatsapp', id: ACCOUNT }],
    persistMs: OVER_LIMIT_MS,
  });
  await using hub = await keptRunning(accounts);
  const figures: Measured[] = [];
  const details: Record<string, unknown>[] = [];
  for (let round = 0; round < ROUNDS[size]; round++) {
    for (const poison of POISONS) {
      const before = hub.restarts;
      const { delayMs, missing } = await survive(poison, accounts);
      const restarts = hub.restarts - before;
      progress(`${poison}: ${restarts} restarts, others waited ${delayMs} ms at the most`);
      details.push({ poison, restarts, delayMs, missing });
    }
  }
  const most = (of: (one: Record<string, unknown>) => unknown): number =>
    Math.max(...details.map(one => Number(of(one))));
  const { inbound } = await ledgerOf(accounts.workplace, true);
  const off = await ledgerOff(accounts.workplace);
  const poisons = POISONS.length * ROUNDS[size];
  const what = 'a message that throws, hangs, uses up the memory, ends the process';
  figures.push(
    atMost(
      'G18',
      `${what}: restarts until all is well`,
      most(one => one.restarts),
      MAX_RESTARTS,
    ),
    atMost('G18', `${what}: others wait`, most(one => one.delayMs) / 1_000, MAX_DELAY_S, ' s'),
    atMost(
      'G1',
      'poison: acknowledged messages of others lost',
      most(one => one.missing),
    ),
    atMost('P5', 'poison: not a dead letter at the end', Math.abs(poisons - inbound.dead)),
    atMost('G6', 'poison: ledger off by', off),
  );
  return { figures, details: { rounds: details } };
}

/** One poisonous message, and others before, with and after it. */
async function survive(
  poison: string,
  accounts: Accounts,
): Promise<{ readonly delayMs: number; readonly missing: number }> {
  const others: Promise<Sent>[] = [];
  let isOver = false;
  const talk = (async () => {
    for (let turn = 0; !isOver; turn++) {
      others.push(accounts.post(ACCOUNT, turn % 100));
      await pause(OTHERS_EVERY_MS);
    }
  })();
  await pause(500);
  const { number } = await accounts.post(ACCOUNT, POISONED, n => `poison ${poison} ${n}`);
  const giveUp = performance.now() + OVER_LIMIT_MS;
  while (!(await isDead(accounts, number))) {
    if (performance.now() > giveUp)
      throw new Error(`${poison} came to no end; ${accounts.workplace.logFile}`);
    await pause(200);
  }
  await pause(1_000);
  isOver = true;
  await talk;
  const sent = await Promise.all(others);
  let replies = accounts.repliesTo(sent);
  while (replies.size < sent.length && performance.now() < giveUp) {
    await pause(100);
    replies = accounts.repliesTo(sent);
  }
  return { delayMs: Math.max(...replies.values()), missing: sent.length - replies.size };
}

async function isDead({ workplace }: Accounts, number: number): Promise<boolean> {
  try {
    const dead = (await messagesOf(workplace, 'inbound')).filter(({ state }) => state === 'dead');
    return dead.some(({ message }) => JSON.stringify(message).includes(String(number)));
  } catch {
    // There is no hub at the moment.
    return false;
  }
}

interface Kept extends AsyncDisposable {
  readonly restarts: number;
}

/** Started again at once whenever it ends, as whatever supervises a service does. */
async function keptRunning(accounts: Accounts): Promise<Kept> {
  const launch = {
    program: [TRIAL_HUB, accounts.workplace.configFile, PROCESSORS, `${MAX_ATTEMPTS}`, `${MAX_MEMORY_MB}`],
  };
  let restarts = 0;
  let isOver = false;
  let hub: HubProcess = await accounts.start(launch);
  const keeping = (async () => {
    for (;;) {
      await hub.ended;
      if (isOver) return;
      restarts++;
      hub = accounts.launch(launch);
    }
  })();
  return {
    get restarts() {
      return restarts;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      hub.kill('SIGKILL');
      await keeping;
    },
  };
}
