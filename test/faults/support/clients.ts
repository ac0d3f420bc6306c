/**
 * People on the platforms: many conversations, several messages each, one after the other. As a platform does, a
 * webhook is sent again until it is answered 200, and now and then once more after that, or twice at once.
 */
import type { HttpClient } from '../../../src/channels/http.ts';
import type { Told } from './judge.ts';
import { type Platforms, type Said, TYPES } from './platforms.ts';
import type { Chance } from './random.ts';

export interface ClientsOptions {
  readonly platforms: Platforms;
  readonly http: HttpClient;
  readonly chance: Chance;
  readonly hubUrl: string;
  /** False while there is no hub to send to: then everybody waits. */
  readonly isUp: () => boolean;
  /** Loops, each with a conversation of its own. */
  readonly width: number;
  /** Acknowledged and without a reply: more than that, and everybody waits. */
  readonly maxOpen: number;
  /** By the hub's clock, which signatures have to agree with. */
  readonly now?: () => number;
}

export interface Clients {
  /** Every message so far, in the order of sending; grows. */
  readonly told: readonly Told[];
  readonly acknowledged: number;
  /** Tries that were answered 200 although the message had been acknowledged before. */
  readonly repeated: number;
  /** Answers of any kind but 200, by status; 0 for none. */
  readonly refused: ReadonlyMap<number, number>;
  /** Nothing is sent any more, whatever was begun. */
  stop(): void;
  /** Nothing new is begun; resolves when everything that was begun is acknowledged. */
  finish(signal: AbortSignal): Promise<void>;
}

/** What the assistant of the harness answers, and the words its answer holds. */
interface Question {
  readonly ask: string;
  readonly words: readonly string[];
}

const SHORT: Question = { ask: 'order', words: ['alpha'] };
const LONG: Question = { ask: 'essay', words: ['alpha', 'omega'] };
export const WORDS: ReadonlySet<string> = new Set(LONG.words);

/** Longer than one message of a platform may be, so that it goes out in parts. */
const FILLER = 'so it goes on and on. '.repeat(210);

export const ASSISTANT = {
  version: 1,
  name: 'echo',
  rules: [
    { name: 'short', any: [SHORT.ask], find: 'number', say: 'alpha {number} is noted' },
    {
      name: 'long',
      any: [LONG.ask],
      find: 'number',
      say: `alpha {number} begins. ${FILLER}omega {number} ends`,
    },
  ],
  fallback: { say: 'pardon?', unreadable: 'pardon?' },
};

const FIRST_NUMBER = 100_000_000;
const MESSAGES_A_CONVERSATION = 10;
const LONG_SHARE = 0.08;
const TWICE_SHARE = 0.04;
const AGAIN_SHARE = 0.06;
const ANSWER_LIMIT_MS = 5_000;

interface Growing extends Told {
  acknowledged: boolean;
}

export function startClients(options: ClientsOptions): Clients {
  const { platforms, http, chance, hubUrl, isUp } = options;
  const told: Growing[] = [];
  const refused = new Map<number, number>();
  const stop = new AbortController();
  const end = new AbortController();
  let acknowledged = 0;
  let repeated = 0;
  let conversations = 0;

  async function post(message: Growing, said: Said): Promise<void> {
    const outcome = await http.request({
      method: 'POST',
      url: `${hubUrl}${said.path}`,
      headers: await platforms.sign(said, options.now?.()),
      body: said.body,
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    const status = outcome.kind === 'response' ? outcome.status : 0;
    if (status !== 200) refused.set(status, (refused.get(status) ?? 0) + 1);
    else if (message.acknowledged) repeated++;
    else {
      message.acknowledged = true;
      acknowledged++;
    }
  }

  async function send(message: Growing, said: Said): Promise<void> {
    for (let tries = 0; !message.acknowledged && !end.signal.aborted; tries++) {
      await until(() => isUp() || end.signal.aborted);
      const copies = chance.happens(TWICE_SHARE) ? 2 : 1;
      await Promise.all(Array.from({ length: copies }, () => post(message, said)));
      if (!message.acknowledged) await pause(Math.min(10 * 2 ** tries, 200));
    }
  }

  async function loop(type: string): Promise<void> {
    let said: { readonly message: Growing; readonly webhook: Said }[] = [];
    let conversation = conversations++;
    while (!stop.signal.aborted) {
      await until(() => stop.signal.aborted || acknowledged - platforms.taken.length < options.maxOpen);
      if (said.length >= MESSAGES_A_CONVERSATION) {
        said = [];
        conversation = conversations++;
      }
      const number = FIRST_NUMBER + told.length;
      const { ask, words } = chance.happens(LONG_SHARE) ? LONG : SHORT;
      const webhook = platforms.say(`test-${type}`, conversation, number, `${ask} ${number} please`);
      const message: Growing = {
        number,
        type,
        conversation: webhook.conversation,
        words,
        acknowledged: false,
      };
      told.push(message);
      said.push({ message, webhook });
      await send(message, webhook);
      const older = said[chance.between(0, said.length - 1)];
      if (older !== undefined && chance.happens(AGAIN_SHARE)) await post(older.message, older.webhook);
      await pause(chance.between(0, 20));
    }
  }

  const loops = Array.from({ length: options.width }, (_, index) => loop(TYPES[index % TYPES.length] ?? ''));
  return {
    told,
    get acknowledged() {
      return acknowledged;
    },
    get repeated() {
      return repeated;
    },
    refused,
    stop() {
      stop.abort();
      end.abort();
    },
    async finish(signal) {
      stop.abort();
      const given = Promise.withResolvers<never>();
      const giveUp = (): void => given.reject(new Error('not everything was acknowledged in time'));
      signal.addEventListener('abort', giveUp, { once: true });
      await Promise.race([Promise.all(loops), given.promise]);
      signal.removeEventListener('abort', giveUp);
    },
  };
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

const LOOK_MS = 10;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(LOOK_MS);
}
