/** A rule of the kit as data, and what checking it came to. */
import { AssertionError } from 'node:assert/strict';
import { type NotApplicable, notApplicable, type Subject } from './subject.ts';

export interface Rule {
  /** `group/what-must-hold`: stable, to be named in exemptions and reports. */
  readonly name: string;
  readonly group: string;
  /** Rejects with an AssertionError where the rule is broken; resolves with a reason where it does not apply. */
  check(subject: Subject): Promise<NotApplicable | undefined>;
}

export interface RuleResult {
  readonly name: string;
  readonly group: string;
  /** True as well for a rule that was skipped. */
  readonly ok: boolean;
  readonly skipped: boolean;
  /** Why it failed or was skipped; '' where it holds. */
  readonly detail: string;
}

/** Gives `NotApplicable` where the rule does not apply; any other value means nothing. */
type Check = (subject: Subject) => unknown;

/** The rules of one group, from their short names. */
export const rulesOf = (group: string, checks: Readonly<Record<string, Check>>): readonly Rule[] =>
  Object.entries(checks).map(([name, check]) => ({
    name: `${group}/${name}`,
    group,
    check: async subject => {
      const result = await check(subject);
      return typeof result === 'object' && result !== null && notApplicable(result) ? result : undefined;
    },
  }));

/** A rule that is checked only where the subject has the part it needs. */
export const needing =
  <Part extends object>(
    part: (subject: Subject) => Part | NotApplicable,
    check: (part: Part, subject: Subject) => Promise<unknown> | unknown,
  ): Check =>
  async subject => {
    const given = part(subject);
    if (notApplicable(given)) return given;
    return await check(given, subject);
  };

/** A name for a rule made of a title: `A button, tapped` becomes `a-button-tapped`. */
export const slug = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');

const RULE_LIMIT_MS = 30_000;

export async function checkRule(rule: Rule, subject: Subject): Promise<RuleResult> {
  const { name, group } = rule;
  const exempt = subject.exempt?.[name];
  if (exempt !== undefined) return { name, group, ok: true, skipped: true, detail: exempt };
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    const error = new AssertionError({ message: `not finished after ${RULE_LIMIT_MS / 1000} s` });
    timer = setTimeout(() => reject(error), RULE_LIMIT_MS);
  });
  try {
    const skipped = await Promise.race([rule.check(subject), limit]);
    return { name, group, ok: true, skipped: skipped !== undefined, detail: skipped?.none ?? '' };
  } catch (error) {
    return { name, group, ok: false, skipped: false, detail: describe(error) };
  } finally {
    clearTimeout(timer);
  }
}

const describe = (error: unknown): string => {
  if (error instanceof AssertionError) return error.message;
  return error instanceof Error ? `threw ${error.stack ?? error.message}` : `threw ${String(error)}`;
};
