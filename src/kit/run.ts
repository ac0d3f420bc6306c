/**
 * The conformance kit: every rule of the channel contract, checked against one adapter. It needs no test runner,
 * so that the command line can check a folder outside this repository.
 */
import { AssertionError } from 'node:assert/strict';
import { checkRule, type Rule, type RuleResult, rulesOf } from './rule.ts';
import { configRules } from './rules/config.ts';
import { handshakeRules, inboundRules, recordingRules } from './rules/inbound.ts';
import { malformedRules } from './rules/malformed.ts';
import { propertyRules } from './rules/properties.ts';
import { renderRules } from './rules/render.ts';
import { secretRules } from './rules/secrets.ts';
import { refusalRules, sendRules } from './rules/send.ts';
import { signatureRules } from './rules/signature.ts';
import { textRules } from './rules/text.ts';
import { timestampRules } from './rules/timestamp.ts';
import type { Subject } from './subject.ts';

export type { Rule, RuleResult } from './rule.ts';

/** The rules for a subject: those of the contract, one for each recording, handshake and refusal it brings, and more. */
export function rulesFor(subject: Subject, more: readonly Rule[] = []): readonly Rule[] {
  const rules = [
    ...configRules,
    ...signatureRules,
    ...timestampRules,
    ...handshakeRules(subject),
    ...inboundRules,
    ...recordingRules(subject),
    ...malformedRules,
    ...textRules,
    ...renderRules,
    ...refusalRules(subject),
    ...sendRules,
    ...propertyRules,
    ...secretRules,
    ...more,
  ];
  return [...rules, ...rulesOf('subject', { 'exemptions-named': () => checkExemptions(subject, rules) })];
}

/** An exemption that matches no rule hides that the rule was renamed. */
function checkExemptions(subject: Subject, rules: readonly Rule[]): void {
  const names = new Set(rules.map(rule => rule.name));
  if (names.size < rules.length)
    throw new AssertionError({ message: 'two recordings, handshakes or refusals have the same name' });
  const unknown = Object.entries(subject.exempt ?? {}).filter(
    ([name, why]) => !names.has(name) || why === '',
  );
  if (unknown.length > 0)
    throw new AssertionError({
      message: `exempt from no known rule, or without a reason: ${unknown.map(([name]) => name).join(', ')}`,
    });
}

/** Checks the rules one after the other; with `only`, those whose name or group is in the list. */
export async function* runRules(
  subject: Subject,
  only?: readonly string[],
  more?: readonly Rule[],
): AsyncGenerator<RuleResult> {
  for (const rule of rulesFor(subject, more)) {
    if (only !== undefined && !only.includes(rule.name) && !only.includes(rule.group)) continue;
    yield await checkRule(rule, subject);
  }
}
