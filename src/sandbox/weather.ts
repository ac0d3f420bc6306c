/**
 * Bad weather as data: rules that say what goes wrong with which calls. A scenario is JSON, so that a test, the
 * demo and the inspection API set the same.
 */
import { z } from 'zod';
import { anyJson } from '../message/json.ts';

const ms = z.number().int().min(0).max(3_600_000);
/** Whether the platform did what it was asked before things went wrong. */
const delivered = z.boolean().default(false);

const Act = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answer').describe('This instead of the platform’s answer: 429, 5xx, anything.'),
    status: z.number().int().min(200).max(599),
    headers: z.record(z.string(), z.string()).default({}),
    body: anyJson.default(''),
    delivered,
  }),
  z.strictObject({
    kind: z.literal('refuse').describe('The platform’s own error by its code, as 131047 or is_archived.'),
    code: z.string().min(1),
  }),
  z.strictObject({ kind: z.literal('expired-token') }),
  z.strictObject({
    kind: z.literal('reset').describe('The connection is reset before this byte of the answer.'),
    atByte: z.number().int().min(0).default(0),
    delivered,
  }),
  z.strictObject({
    kind: z.literal('hang').describe('No answer, or one after this long.'),
    ms: ms.optional(),
    delivered,
  }),
  z.strictObject({
    kind: z.literal('trickle').describe('The answer comes in pieces of so many bytes.'),
    bytes: z.number().int().min(1).default(1),
    everyMs: ms.default(100),
  }),
  z.strictObject({ kind: z.literal('wrong-json').describe('Taken, and then an answer cut in half.') }),
  z.strictObject({
    kind: z.literal('webhooks').describe('What follows from the call goes astray; its answer is right.'),
    copies: z.number().int().min(0).max(100).default(1).describe('2: each comes twice; 0: none comes.'),
    reversed: z.boolean().default(false),
    delayMs: ms.default(0),
    failure: z
      .string()
      .min(1)
      .optional()
      .describe('The code of a failure that is told at the end, and not that it arrived.'),
  }),
]);
export type Act = z.output<typeof Act>;
export type WebhookAct = Extract<Act, { kind: 'webhooks' }>;
export type AnswerAct = Exclude<Act, WebhookAct>;

const part = z.string().min(1).optional();

export const Rule = z.strictObject({
  match: z
    .strictObject({
      account: part.describe('The id of the channel.'),
      type: part.describe('The platform.'),
      path: part.describe('A part of the path below the account.'),
      body: part.describe('A part of the body, as it came.'),
    })
    .prefault({}),
  skip: z.number().int().min(0).default(0).describe('So many matching calls go well before.'),
  times: z.number().int().min(1).optional().describe('For so many calls; for all, unless given.'),
  chance: z.number().min(0).max(1).default(1).describe('For this share of the matching calls.'),
  do: Act,
});

export const Scenario = z.strictObject({ rules: z.array(Rule).max(1_000) });
export type Scenario = z.output<typeof Scenario>;
/** As it is written: everything with a default may be left out. */
export type ScenarioInput = z.input<typeof Scenario>;

export interface Call {
  readonly account: string;
  readonly type: string;
  readonly path: string;
  readonly body: Buffer;
}

export interface Forecast {
  /** Null: the platform answers as it wants to. */
  readonly answer: AnswerAct | null;
  readonly webhooks: readonly WebhookAct[];
}

export interface Weather {
  /** Takes the place of all rules before. Throws `z.ZodError` on what is no scenario. */
  set(scenario: ScenarioInput): void;
  /** What happens to this call. Counts: to be asked once a call. */
  forecast(call: Call): Forecast;
  /** The rules with how often each matched and acted. */
  report(): readonly (Scenario['rules'][number] & { readonly matched: number; readonly acted: number })[];
}

export function fairWeather(random: () => number): Weather {
  let rules: { readonly rule: Scenario['rules'][number]; matched: number; acted: number }[] = [];
  return {
    set(scenario) {
      rules = Scenario.parse(scenario).rules.map(rule => ({ rule, matched: 0, acted: 0 }));
    },
    forecast(call) {
      let answer: AnswerAct | null = null;
      const webhooks: WebhookAct[] = [];
      for (const entry of rules) {
        const { rule } = entry;
        const act = rule.do;
        // The first rule for the answer decides; later ones wait for calls of their own.
        if (act.kind !== 'webhooks' && answer !== null) continue;
        if (entry.acted >= (rule.times ?? Number.POSITIVE_INFINITY) || !matches(rule.match, call)) continue;
        if (++entry.matched <= rule.skip || random() >= rule.chance) continue;
        entry.acted++;
        if (act.kind === 'webhooks') webhooks.push(act);
        else answer = act;
      }
      return { answer, webhooks };
    },
    report: () => rules.map(({ rule, matched, acted }) => ({ ...rule, matched, acted })),
  };
}

function matches(match: Scenario['rules'][number]['match'], call: Call): boolean {
  if (match.account !== undefined && match.account !== call.account) return false;
  if (match.type !== undefined && match.type !== call.type) return false;
  if (match.path !== undefined && !call.path.includes(match.path)) return false;
  return match.body === undefined || call.body.includes(match.body);
}
