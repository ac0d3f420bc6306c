/** Platforms that say nothing of what arrived: neither receipts nor a history. Then the channel's policy decides. */
import { type Setting, WEATHER } from '../support/fault-run.ts';
import { type Goal, goalsWithout } from '../support/figures.ts';
import { NO_PROOF } from '../support/platforms.ts';

export const POLICIES = ['park', 'resend'] as const satisfies readonly Setting['policy'][];
export type Policy = (typeof POLICIES)[number];

/** Nobody answers: it is waited for in vain. */
const WAIT_MS = 1_000;

/** That a parked reply arrived nobody can know; what is sent again may double, and nothing else may. */
export const NO_PROOF_GOALS: Readonly<Record<Policy, readonly Goal[]>> = {
  park: goalsWithout('wronglyParked'),
  resend: [...goalsWithout('wronglyParked', 'doubled'), 'doubledBeyondResent'],
};

export const withoutProof = (policy: Policy): Partial<Setting> => ({
  policy,
  ambiguousWaitMs: WAIT_MS,
  weather: { rules: [...NO_PROOF, ...WEATHER.rules] },
  goals: NO_PROOF_GOALS[policy],
});
