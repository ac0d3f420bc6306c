/** What is thrown and told may be read by many: neither secrets nor what people said may be in it. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { openChannel, readConfig, signed, unsigned, verdict } from '../bench.ts';
import { recordingsOf } from '../recordings.ts';
import { type Rule, rulesOf } from '../rule.ts';
import { outbound } from '../samples.ts';
import type { Subject } from '../subject.ts';
import { at, secretPaths, secretsOf, withValue } from './config.ts';

/** Nobody would say this by chance. */
const SAID = 'the-words-of-a-person-7341';

/** What a call threw, with its causes; '' where it threw nothing. */
function thrownBy(call: () => unknown): string {
  try {
    call();
    return '';
  } catch (error) {
    return told(error);
  }
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? String(error);
  const { cause, message, name } = error;
  return [name, message, JSON.stringify(error), cause === undefined ? '' : told(cause)].join('\n');
}

function assertSilent(text: string, words: readonly string[], where: string): void {
  assert.ok(!words.some(word => text.includes(word)), `${where} tells a secret or what a message says`);
}

export const secretRules: readonly Rule[] = rulesOf('secrets', {
  'not-in-config-errors': subject => {
    for (const path of secretPaths(subject)) {
      const secret = String(at(subject.config, path));
      for (const wrong of [[secret], { [secret]: secret }, secret.slice(0, 9)]) {
        const read = subject.definition.config.safeParse(withValue(subject.config, path, wrong));
        const error = read.success ? '' : `${z.prettifyError(read.error)}\n${read.error.message}`;
        // The name of an unknown key is told, and no value ever is.
        if (typeof wrong === 'object' && !Array.isArray(wrong)) continue;
        assertSilent(error, [secret.slice(0, 9)], `the error of a wrong ${path.join('.')}`);
      }
    }
  },
  'not-in-refusals': async subject => {
    for (const { request: recorded } of recordingsOf(subject).slice(0, 5)) {
      const genuine = await signed(subject, recorded);
      const given = await verdict(openChannel(subject), { ...genuine, body: Buffer.from('{}') });
      assertSilent(JSON.stringify(given), secretsOf(subject), 'a refusal');
    }
  },
  'not-in-unreadable': subject => {
    const secrets = [...secretsOf(subject), SAID];
    const words = secrets.join(' ');
    const bodies = [
      words,
      `{"a":${JSON.stringify(words)}`,
      `[${JSON.stringify(words)}]`,
      JSON.stringify(words),
    ];
    for (const body of bodies) {
      const error = thrownBy(() => openChannel(subject).parse(unsigned({}, Buffer.from(body))));
      assertSilent(error, secrets, 'the error of an unreadable body');
    }
  },
  'not-in-events': subject => {
    for (const { request: recorded } of recordingsOf(subject)) {
      const events = openChannel(subject).parse(unsigned(recorded));
      for (const event of events)
        if (event.kind === 'ignored' || event.kind === 'unreadable')
          assertSilent(event.reason, secretsOf(subject), `the reason of an ${event.kind} event`);
    }
  },
  'not-in-unsayable': subject => {
    const native = { [SAID]: SAID, type: SAID, method: SAID, message: SAID, activity: SAID, kind: SAID };
    const { type } = subject.definition;
    const contents = [
      { kind: 'native', platform: type, body: native },
      { kind: 'native', platform: type, body: {} },
      { kind: 'reaction', emoji: SAID, target: SAID, removed: false },
      { kind: 'edit', target: SAID, text: SAID },
      { kind: 'deletion', target: SAID },
      { kind: 'template', name: SAID, language: 'en', parameters: [SAID] },
    ] as const;
    for (const content of contents) {
      const error = thrownBy(() => openChannel(subject).render(outbound(subject, content)));
      assertSilent(error, [...secretsOf(subject), SAID], `the refusal to say ${content.kind}`);
    }
  },
  'not-in-the-account': subject => {
    const { account, id, tenant, type } = openChannel(subject, { config: readConfig(subject) });
    assertSilent([account, id, tenant, type].join('\n'), secretsOf(subject), 'the name of the account');
  },
} satisfies Record<string, (subject: Subject) => unknown>);
