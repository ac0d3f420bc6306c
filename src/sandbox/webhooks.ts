/**
 * Webhooks to the hub, signed as the platform signs and repeated as the platform repeats, so that nothing is lost
 * while the hub is down for a while.
 */
import type { HttpClient, HttpOutcome } from '../channels/http.ts';
import type { Redelivery, RedeliveryCause, SandboxAccount, Webhook } from './platform.ts';
import { ring } from './ring.ts';

export interface SentWebhook {
  readonly seq: number;
  readonly account: string;
  /** For people: `status delivered`. */
  readonly what: string;
  /** Milliseconds since 1970: when it was to be sent first. */
  readonly at: number;
  readonly tries: readonly { readonly at: number; readonly status: number | null; readonly reason: string }[];
  readonly state: 'waiting' | 'taken' | 'given up';
}

export interface WebhookSender extends AsyncDisposable {
  /** False when too many wait already: then it is lost. */
  send(to: SandboxAccount, redelivery: Redelivery, webhook: Webhook, when: Sending): boolean;
  /** The last ones, the oldest first. */
  readonly sent: readonly SentWebhook[];
  /** How many are on their way or wait to be sent again. */
  readonly pending: number;
  /** How many were lost because too many waited. */
  readonly lost: number;
}

export interface Sending {
  readonly what: string;
  readonly afterMs: number;
}

export interface SenderOptions {
  readonly http: HttpClient;
  readonly now: () => number;
  /** On every wait before a repetition. */
  readonly factor: number;
}

const MAX_PENDING = 10_000;
const MAX_SENT = 10_000;

/** Grows while it is on its way; readers see it as it is. */
interface Entry extends SentWebhook {
  tries: { at: number; status: number | null; reason: string }[];
  state: SentWebhook['state'];
}

export function webhookSender({ http, now, factor }: SenderOptions): WebhookSender {
  const timers = new Set<NodeJS.Timeout>();
  const closing = new AbortController();
  const sent = ring<Entry>(MAX_SENT);
  let pending = 0;
  let lost = 0;

  const after = (ms: number, run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  };

  async function attempt(item: Item, number: number, cause: RedeliveryCause | null): Promise<void> {
    const { redelivery, entry } = item;
    const outcome = await post(item, redelivery.headers(number, cause));
    if (closing.signal.aborted) return;
    const status = outcome.kind === 'response' ? outcome.status : null;
    entry.tries.push({ at: now(), status, reason: reasonOf(outcome) });
    const isTaken = status !== null && status >= 200 && status < 300;
    const answered = outcome.kind === 'response' ? outcome.headers : {};
    const wait = redelivery.waitsMs[number - 1];
    if (isTaken || wait === undefined || !redelivery.repeats(item.webhook, answered)) {
      entry.state = isTaken ? 'taken' : 'given up';
      pending--;
      return;
    }
    after(wait * factor, () => void attempt(item, number + 1, causeOf(outcome)));
  }

  async function post(
    { to, redelivery, webhook }: Item,
    extra: Readonly<Record<string, string>>,
  ): Promise<HttpOutcome> {
    const body = Buffer.from(webhook.body);
    const url = addressOf(to);
    if (url === null) return { kind: 'failure', mayHaveLeft: false, reason: 'no address yet' };
    // Signed anew each time: a signature with a time would be too old.
    const signed = await to.definition.sign(to.config, body, now());
    return http.request({
      method: 'POST',
      url,
      headers: { 'content-type': webhook.contentType, ...extra, ...signed },
      body,
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(redelivery.answerWithinMs)]),
    });
  }

  return {
    send(to, redelivery, webhook, { what, afterMs }) {
      if (closing.signal.aborted) return false;
      if (pending >= MAX_PENDING) {
        lost++;
        return false;
      }
      pending++;
      const entry = sent.push({ account: to.id, what, at: now() + afterMs, tries: [], state: 'waiting' });
      after(afterMs, () => void attempt({ to, redelivery, webhook, entry }, 1, null));
      return true;
    },
    get sent() {
      return sent.entries;
    },
    get pending() {
      return pending;
    },
    get lost() {
      return lost;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

interface Item {
  readonly to: SandboxAccount;
  readonly redelivery: Redelivery;
  readonly webhook: Webhook;
  readonly entry: Entry;
}

/** Null while the hub is still starting. */
function addressOf({ webhook }: SandboxAccount): string | null {
  if (typeof webhook === 'string') return webhook;
  try {
    return webhook();
  } catch {
    return null;
  }
}

const reasonOf = (outcome: HttpOutcome): string =>
  outcome.kind === 'response' ? `answered ${outcome.status}` : outcome.reason;

function causeOf(outcome: HttpOutcome): RedeliveryCause {
  if (outcome.kind === 'response') return 'status';
  return outcome.reason === 'aborted' ? 'timeout' : 'connection';
}
