/** What a run comes to, and whether the goal was met. */
import type { Ledger } from '../../../src/storage/look-up.ts';
import { differenceOf } from './books.ts';
import type { Clients } from './clients.ts';
import type { Verdict } from './judge.ts';
import type { SeenBooks } from './watch-books.ts';

export interface Figures {
  readonly seed: number;
  readonly kills: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  /** Of the doubled, more than there were sends that the policy had sent again although nobody could say. */
  readonly doubledBeyondResent: number;
  readonly outOfOrder: number;
  readonly strange: number;
  /**
   * Accepted and neither done, dead, parked nor in flight: by the counters, at the end and the most that was seen
   * every second before; and by counting the rows.
   */
  readonly ledger: number;
  readonly ledgerLooks: number;
  readonly recounted: number;
  /** Accepted by the hub's books and not by ours, or the other way round. */
  readonly accepted: number;
  /** Replies made more or fewer than messages accepted: what happened inside more than once, or not at all. */
  readonly effects: number;
  readonly dead: number;
  /** Kept back for an operator, as the policy says when also the second send was cut off without a proof. */
  readonly parked: number;
  /** Of those, whose reply had come after all. */
  readonly wronglyParked: number;
  readonly ambiguous: number;
  readonly provenSent: number;
  readonly resent: number;
  /** Webhooks that came more often than once, as the hub counted them. */
  readonly duplicates: number;
  readonly repeated: number;
  readonly replies: number;
  /** Calls to the platforms that the harness itself did not see. */
  readonly missed: number;
  /** The middle of all starts, from the process to its first answer. */
  readonly startMs: number;
  readonly exitCode: number | null;
  readonly seconds: number;
}

export interface Observed {
  readonly seed: number;
  readonly kills: number;
  readonly clients: Clients;
  readonly verdict: Verdict;
  readonly counted: Ledger;
  readonly recounted: Ledger;
  readonly watched: SeenBooks;
  readonly replies: number;
  readonly missed: number;
  readonly starts: readonly number[];
  readonly exitCode: number | null;
  readonly seconds: number;
}

export function figuresOf(observed: Observed): Figures {
  const { clients, verdict, counted, recounted, starts } = observed;
  return {
    seed: observed.seed,
    kills: observed.kills,
    acknowledged: clients.acknowledged,
    lost: verdict.lost.length,
    doubled: verdict.doubled.length,
    doubledBeyondResent: Math.max(0, verdict.doubled.length - counted.ambiguous.resent),
    outOfOrder: verdict.outOfOrder.length,
    strange: verdict.strange.length,
    ledger: Math.max(differenceOf(counted), observed.watched.off),
    ledgerLooks: observed.watched.looks,
    recounted: differenceOf(recounted),
    accepted: recounted.inbound.accepted - clients.told.length,
    effects: recounted.outbound.accepted - recounted.inbound.accepted,
    dead: recounted.inbound.dead + recounted.outbound.dead,
    parked: recounted.inbound.parked + recounted.outbound.parked,
    wronglyParked: verdict.wronglyParked.length,
    ambiguous: counted.ambiguous.total,
    provenSent: counted.ambiguous.provenSent,
    resent: counted.ambiguous.resent,
    duplicates: counted.duplicates,
    repeated: clients.repeated,
    replies: observed.replies,
    missed: observed.missed,
    startMs: Math.round([...starts].sort((a, b) => a - b)[Math.floor(starts.length / 2)] ?? 0),
    exitCode: observed.exitCode,
    seconds: Math.round(observed.seconds),
  };
}

/** Those that must be 0. */
export const GOALS = [
  'lost',
  'doubled',
  'outOfOrder',
  'strange',
  'ledger',
  'recounted',
  'accepted',
  'effects',
  'dead',
  'wronglyParked',
  'missed',
  'exitCode',
] as const satisfies readonly (keyof Figures)[];

/** `doubledBeyondResent` stands for `doubled` where nothing proves what arrived and the policy says to send again. */
export type Goal = (typeof GOALS)[number] | 'doubledBeyondResent';

export const goalsWithout = (...left: readonly Goal[]): readonly Goal[] =>
  GOALS.filter(goal => !left.includes(goal));

/** The goals that were missed; none where all is well. */
export const missedGoals = (figures: Figures, goals: readonly Goal[] = GOALS): readonly Goal[] =>
  goals.filter(goal => figures[goal] !== 0);

export function summaryOf(figures: Figures, goals: readonly Goal[] = GOALS): string {
  const missed = missedGoals(figures, goals);
  const { ambiguous, provenSent, resent } = figures;
  return [
    `${figures.kills} kills, ${figures.acknowledged} messages acknowledged, ${figures.replies} replies taken by the platforms`,
    `lost ${figures.lost}, doubled ${figures.doubled}, out of order ${figures.outOfOrder}, to nobody ${figures.strange}`,
    `ledger off by ${figures.ledger}, seen ${figures.ledgerLooks} times, recounted by ${figures.recounted}; dead ${figures.dead}, parked ${figures.parked}`,
    `sends cut off ${ambiguous}: proven by the platform's receipt or history ${provenSent}, sent again on policy ${resent}, ` +
      `sent again because the platform had it not ${ambiguous - provenSent - resent - figures.parked}`,
    `webhooks that came again ${figures.duplicates}; a start takes ${figures.startMs} ms; ${figures.seconds} s in all; seed ${figures.seed}`,
    missed.length === 0 ? 'the goal is met' : `THE GOAL IS MISSED: ${missed.join(', ')}`,
  ].join('\n');
}
