/**
 * The platforms, in the process of the harness: they outlive the hub, remember what they took, and bring what
 * follows from it to whichever hub is running. Beside them the messages people send over them.
 */
import { definitionOf } from '../../../src/channels/index.ts';
import type { JsonObject, JsonValue } from '../../../src/message/json.ts';
import { platformOf, type SandboxAccount, startSandbox } from '../../../src/sandbox/index.ts';
import { buildTrigger } from '../../../src/sandbox/trigger.ts';
import type { ScenarioInput } from '../../../src/sandbox/weather.ts';
import type { Taken } from './judge.ts';
import type { Chance } from './random.ts';
import type { ChannelFile } from './workplace.ts';

/** How people write on one platform. */
interface Manner {
  readonly type: string;
  /** Of the sandbox's triggers. */
  readonly trigger: string;
  /** The `n`th conversation's id, as the platform names it. */
  readonly conversation: (n: number) => string;
  readonly params: (conversation: string, number: number) => Readonly<Record<string, string>>;
  /** A part of the path of calls that send. */
  readonly sends: string;
}

const MANNERS: readonly Manner[] = [
  {
    type: 'whatsapp',
    trigger: 'text',
    // The last six digits stay small: the sandbox takes larger ones for error codes that are asked for.
    conversation: n => `15550${String(n % 100_000).padStart(6, '0')}`,
    params: conversation => ({ from: conversation }),
    sends: '/messages',
  },
  {
    type: 'slack',
    trigger: 'message',
    conversation: n => `C0F${String(n).padStart(7, '0')}`,
    params(conversation, number) {
      // The time is the message's name there, so no two may have the same.
      const ts = `${Math.floor(Date.now() / 1_000)}.${String(number % 1_000_000).padStart(6, '0')}`;
      return { channel: conversation, 'event.ts': ts, 'event.event_ts': ts };
    },
    sends: '/chat.postMessage',
  },
];

export const TYPES: readonly string[] = MANNERS.map(manner => manner.type);

/** An account at a platform; the channel has its id. */
export interface AccountName {
  readonly type: string;
  readonly id: string;
  /** The hub's own, unless given. */
  readonly tenant?: string;
}

/** One of each type. */
const ONE_EACH: readonly AccountName[] = MANNERS.map(({ type }) => ({ type, id: `test-${type}` }));

/** What a person sends, ready to be signed. */
export interface Said {
  readonly account: string;
  readonly conversation: string;
  readonly path: string;
  readonly body: Buffer;
  readonly contentType: string;
}

/** One try to send, whatever became of it. */
export interface Call {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly account: string;
  readonly conversation: string | null;
  readonly text: string | null;
  /** Of the body's bytes: the same again is known by it. */
  readonly body: string;
  readonly taken: boolean;
  /** Null where the weather let no answer through. */
  readonly status: number | null;
  readonly weather: string | null;
}

export interface Platforms extends AsyncDisposable {
  readonly channels: readonly ChannelFile[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly taken: readonly Taken[];
  /** Every call that wanted to send something, in the order they came. */
  readonly sends: readonly Call[];
  /** Calls to a platform that nobody wrote down, because they came too fast; must be 0 for a verdict. */
  readonly missed: number;
  /** Webhooks the platforms have not brought to the hub yet, and those they gave up. */
  webhooks(): Promise<{ readonly pending: number; readonly lost: number; readonly givenUp: number }>;
  /** The text of a person in that type's nth conversation. */
  say(account: string, conversation: number, number: number, text: string): Said;
  /** Headers of one try, at a time of the hub's clock. */
  sign(said: Said, now?: number): Promise<Readonly<Record<string, string>>>;
  /** Sets how slow and unreliable the platforms' answers are. */
  weather(scenario: ScenarioInput): void;
  /** Writes down what came since the last look. */
  look(): void;
}

export interface PlatformsOptions {
  readonly chance: Chance;
  /** Where the hub takes webhooks, known before it runs. */
  readonly hubUrl: () => string;
  /** How long a platform takes to tell what became of a message. */
  readonly echoMs: number;
  readonly accounts?: readonly AccountName[];
  /** Something between the hub and the platform of one account: its address, given theirs. */
  readonly via?: (platforms: string, account: string) => Promise<string>;
}

const LOOK_MS = 100;
/** So quickly is a webhook repeated: half a second at the most instead of five. */
const REDELIVERY = 0.1;

const variable = (type: string, name: string): string => `FAULTS_${type}_${name}`.toUpperCase();

export async function openPlatforms(options: PlatformsOptions): Promise<Platforms> {
  await using opened = new AsyncDisposableStack();
  const secrets: Record<string, string> = {};
  const secretOf = (type: string) => (name: string) => {
    secrets[variable(type, name)] ??= `test-only-${type}-${name}-0123456789`;
    return secrets[variable(type, name)] ?? '';
  };
  const names = options.accounts ?? ONE_EACH;
  const accounts = names.map(({ type, id }, index): SandboxAccount => {
    const definition = known(definitionOf(type), type);
    const sample = known(platformOf(type), type).sampleConfig({ secret: secretOf(type) });
    const config = definition.config.parse(renumbered(sample, index));
    return { type, id, config, definition, webhook: () => `${options.hubUrl()}/webhooks/${id}` };
  });
  const sandbox = opened.use(
    await startSandbox({
      listen: { host: '127.0.0.1', port: 0 },
      accounts,
      behaviour: { receiptMs: options.echoMs, redelivery: REDELIVERY, rates: 'none' },
      random: options.chance.next,
    }),
  );
  const bases = new Map<string, string>();
  for (const { id } of accounts) bases.set(id, (await options.via?.(sandbox.url, id)) ?? sandbox.url);
  const taken: Taken[] = [];
  const sends: Call[] = [];
  let seen = 0;
  let missed = 0;

  function look(): void {
    for (const call of sandbox.received) {
      if (call.seq <= seen) continue;
      missed += call.seq - seen - 1;
      seen = call.seq;
      if (call.path.includes(mannerOf(call.type).sends)) {
        const { seq, at, account, text, status, weather } = call;
        const conversation = call.conversation ?? addressee(call.body);
        sends.push({
          seq,
          at,
          account,
          conversation,
          text,
          body: call.sha256,
          taken: call.taken,
          status,
          weather,
        });
      }
      if (!call.taken || call.text === null) continue;
      const { seq, type, conversation, text, marker, platformId } = call;
      taken.push({ seq, type, conversation, text, marker, platformId });
    }
  }
  const looking = setInterval(look, LOOK_MS);
  opened.defer(() => clearInterval(looking));

  const byId = new Map(accounts.map(account => [account.id, account]));
  const accountOf = (id: string): SandboxAccount => known(byId.get(id), id);
  const resources = opened.move();
  return {
    channels: accounts.map((account, index) => {
      const url = sandbox.urlFor(account.type, account.id).replace(sandbox.url, bases.get(account.id) ?? '');
      return channelFile(account, url, names[index]?.tenant);
    }),
    secrets,
    taken,
    sends,
    get missed() {
      return missed;
    },
    async webhooks() {
      const asked = await fetch(`${sandbox.url}/_sandbox/webhooks?limit=10000`);
      const told = (await asked.json()) as { pending: number; lost: number; webhooks: { state: string }[] };
      const givenUp = told.webhooks.filter(webhook => webhook.state === 'given up').length;
      return { pending: told.pending, lost: told.lost, givenUp };
    },
    say(id, n, number, text) {
      const { type, config } = accountOf(id);
      const manner = mannerOf(type);
      const conversation = manner.conversation(n);
      const built = buildTrigger(
        known(
          platformOf(type)?.triggers.find(trigger => trigger.name === manner.trigger),
          manner.trigger,
        ),
        {
          config,
          params: { ...manner.params(conversation, number), text },
          now: Date.now(),
          random: options.chance.next,
        },
      );
      if (!built.ok) throw new Error(built.problem);
      // As if it had come over the platform: it knows from now on who wrote.
      sandbox.note(id, built.webhook);
      const { body, contentType } = built.webhook;
      return { account: id, conversation, path: `/webhooks/${id}`, body: Buffer.from(body), contentType };
    },
    async sign(said, now = Date.now()) {
      const { definition, config } = accountOf(said.account);
      return { 'content-type': said.contentType, ...(await definition.sign(config, said.body, now)) };
    },
    weather: scenario => sandbox.scenario(scenario),
    look,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

type Rules = ScenarioInput['rules'];
export type AnyRule = Omit<Rules[number], 'match'>;

/** Calls that send, of every platform: rules of the weather for them. */
export const forSends = (rule: AnyRule): Rules =>
  MANNERS.map(({ type, sends }) => ({ ...rule, match: { type, path: sends } }));

/** Nothing comes of its own accord that says a message arrived. */
export const NO_RECEIPTS: Rules = forSends({ do: { kind: 'webhooks', copies: 0 } });

/** No way to find out whether a message arrived: no receipts come, and the history is not ours to read. */
export const NO_PROOF: Rules = [
  ...NO_RECEIPTS,
  ...['/conversations.history', '/conversations.replies'].map(path => ({
    match: { type: 'slack', path },
    do: { kind: 'refuse', code: 'missing_scope' } as const,
  })),
];

const mannerOf = (type: string): Manner =>
  known(
    MANNERS.find(manner => manner.type === type),
    type,
  );

function known<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`nothing is known of ${name}`);
  return value;
}

/** Credentials as references, the platform's address turned to the sandbox. */
function channelFile(
  { type, id, config, definition }: SandboxAccount,
  url: string,
  tenant: string | undefined,
): ChannelFile {
  const names = Object.keys((config.credentials ?? {}) as object);
  const credentials = Object.fromEntries(names.map(name => [name, `\${env:${variable(type, name)}}`]));
  const owner = tenant === undefined ? {} : { tenant };
  return { id, content: { version: 1, type, ...owner, ...definition.redirect(config, url), credentials } };
}

/** Of a call that the platform did not look at. */
function addressee(body: JsonValue): string | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  const { channel, to } = body as JsonObject;
  return typeof channel === 'string' ? channel : typeof to === 'string' ? to : null;
}

/** The same account with a number of its own, where the platform tells accounts apart by one. */
function renumbered(sample: JsonObject, index: number): JsonObject {
  const { account } = sample;
  if (typeof account !== 'object' || account === null || !('phone_number_id' in account)) return sample;
  const number = String(BigInt(String(account.phone_number_id)) + BigInt(index));
  return { ...sample, account: { ...account, phone_number_id: number } };
}
