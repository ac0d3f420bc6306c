/** Many accounts on one hub, and a steady stream of messages to each: who slows down whom. */
import { httpClient } from '../../../src/channels/http.ts';
import { ASSISTANT, pause } from './clients.ts';
import { type HubProcess, type Launch, startHubProcess } from './hub-process.ts';
import { type AccountName, openPlatforms, type Platforms } from './platforms.ts';
import { chanceOf } from './random.ts';
import { percentile } from './report.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

export interface AccountsOptions {
  readonly seed: number;
  readonly accounts: readonly AccountName[];
  /** Something between the hub and the platform of one account. */
  readonly via?: (platforms: string, account: string) => Promise<string>;
  readonly ambiguousWaitMs?: number;
  /** As platforms do, what is not answered 200 is sent again, for so long. Once, unless given. */
  readonly persistMs?: number;
}

/** One message of a stream. */
export interface Sent {
  readonly number: number;
  readonly account: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** When it was answered 200; null while it was not. */
  acknowledgedAt: number | null;
}

export interface Stream {
  readonly accounts: readonly string[];
  /** Messages a second, of all of these accounts together. */
  readonly perSecond: number;
}

export interface Accounts extends AsyncDisposable {
  readonly platforms: Platforms;
  readonly workplace: Workplace;
  /** Resolves when it answers. */
  start(launch?: Launch): Promise<HubProcess>;
  launch(launch?: Launch): HubProcess;
  /** Nobody waits for answers: messages come at their times. Resolves at the end with what was sent. */
  stream(streams: readonly Stream[], forMs: number): Promise<readonly Sent[]>;
  /** One message; its text is given its number. */
  post(account: string, conversation: number, text?: (number: number) => string): Promise<Sent>;
  /** Milliseconds from the message to its reply at the platform; absent for those that have none yet. */
  repliesTo(sent: readonly Sent[]): ReadonlyMap<number, number>;
}

const ANSWER_LIMIT_MS = 10_000;
const TICK_MS = 20;
const AGAIN_MS = 100;
/** So many people write to each account, in turns. */
const PEOPLE = 200;

export async function openAccounts(options: AccountsOptions): Promise<Accounts> {
  await using opened = new AsyncDisposableStack();
  const { persistMs = 0 } = options;
  const chance = chanceOf(options.seed);
  let workplace: Workplace | null = null;
  const platforms = opened.use(
    await openPlatforms({
      chance,
      hubUrl: () => workplace?.url ?? '',
      echoMs: 30,
      accounts: options.accounts,
      ...(options.via === undefined ? {} : { via: options.via }),
    }),
  );
  workplace = await openWorkplace({
    chance,
    channels: platforms.channels,
    secrets: platforms.secrets,
    assistant: ASSISTANT,
    ambiguousWaitMs: options.ambiguousWaitMs ?? 10_000,
  });
  const { url, remove } = workplace;
  opened.defer(remove);
  const place = workplace;
  const http = opened.use(httpClient());
  const running: HubProcess[] = [];
  opened.defer(async () => {
    for (const hub of running) hub.kill('SIGKILL');
    await Promise.all(running.map(hub => hub.ended));
  });
  function launch(how?: Launch): HubProcess {
    const hub = startHubProcess(place, how);
    running.push(hub);
    return hub;
  }
  let last = 100_000_000;
  const turns = new Map<string, number>();

  const order = (number: number): string => `order ${number} please`;

  async function post(account: string, conversation: number, text = order): Promise<Sent> {
    const number = ++last;
    const said = platforms.say(account, conversation, number, text(number));
    const sent: Sent = { number, account, at: Date.now(), acknowledgedAt: null };
    for (;;) {
      const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
      const call = { method: 'POST', url: `${url}${said.path}`, body: said.body, signal } as const;
      const outcome = await http.request({ ...call, headers: await platforms.sign(said) });
      if (outcome.kind === 'response' && outcome.status === 200) sent.acknowledgedAt = Date.now();
      if (sent.acknowledgedAt !== null || Date.now() - sent.at > persistMs) return sent;
      await pause(AGAIN_MS);
    }
  }

  const resources = opened.move();
  return {
    platforms,
    workplace,
    launch,
    async start(how) {
      const hub = launch(how);
      if (!(await hub.ready)) throw new Error('the hub ended while starting');
      return hub;
    },
    post,
    async stream(streams, forMs) {
      const under: Promise<Sent>[] = [];
      const startedAt = performance.now();
      const done = streams.map(() => 0);
      for (let passed = 0; passed < forMs; passed = performance.now() - startedAt) {
        streams.forEach(({ accounts, perSecond }, at) => {
          for (; (done[at] ?? 0) < (passed / 1_000) * perSecond; done[at] = (done[at] ?? 0) + 1) {
            const account = accounts[(done[at] ?? 0) % accounts.length];
            if (account === undefined) break;
            const turn = (turns.get(account) ?? 0) + 1;
            turns.set(account, turn);
            under.push(post(account, turn % PEOPLE));
          }
        });
        await pause(TICK_MS);
      }
      return Promise.all(under);
    },
    repliesTo(sent) {
      platforms.look();
      const times = new Map<number, number>();
      const wanted = new Map(sent.map(one => [one.number, one.at]));
      for (const call of platforms.sends) {
        const number = Number(/\b\d{9}\b/.exec(call.text ?? '')?.[0]);
        const at = wanted.get(number);
        if (at !== undefined && call.taken && !times.has(number)) times.set(number, call.at - at);
      }
      return times;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** How long the slowest in a hundred waited; who never had a reply waited for ever. */
export function slowest(sent: readonly Sent[], replies: ReadonlyMap<number, number>, share = 0.99): number {
  return percentile(
    sent.map(({ number }) => replies.get(number) ?? Number.POSITIVE_INFINITY),
    share,
  );
}
