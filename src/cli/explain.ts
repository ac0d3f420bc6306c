/** `patchbay explain`: what a code means and what to do. */
import { CODES } from '../config/codes.ts';
import { nearest } from '../config/suggest.ts';
import { FAULTS } from '../message/fault.ts';
import { WARNINGS } from '../server/warnings.ts';
import { INBOUND_CODES } from '../storage/dead-letters.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import type { Cli } from './program.ts';

interface Explanation {
  readonly code: string;
  readonly title: string;
  readonly meaning: string;
  readonly fix: string;
}

const CLASSES: Readonly<Record<string, string>> = {
  'not sent': 'The hub tries again by itself, later and later.',
  ambiguous: 'The hub waits for the platform’s receipt, then does what the channel says: resend or park.',
  final: 'Trying again would not help; the message is kept as a dead letter until somebody decides.',
};

const PAUSED =
  'The account pauses and its messages wait; the hub tries one now and then and goes on by itself once it is put right.';

const EXPLANATIONS: readonly Explanation[] = [
  ...Object.entries(CODES).map(([code, row]) => ({ code, ...row })),
  ...Object.entries(FAULTS).map(([code, row]) => ({
    code,
    title: `a fault of a send: ${row.class}`,
    meaning: row.meaning,
    fix: row.breaker === 'opens' ? PAUSED : (CLASSES[row.class] ?? ''),
  })),
  ...Object.entries(INBOUND_CODES).map(([code, meaning]) => ({
    code,
    title: 'why a message that came in is a dead letter',
    meaning: `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`,
    fix: 'It is kept until somebody decides: patchbay dlq show, then replay or discard.',
  })),
  ...Object.entries(WARNINGS).map(([code, row]) => ({ code, title: 'a warning of /readyz', ...row })),
];

export function addExplain(cli: Cli): void {
  const command = cli.program
    .command('explain')
    .description('say what a code means and what to do about it')
    .argument('<code>', 'as PB-C003, rate-limited, poison or clock_skew')
    .action((code: string) => cli.run(command, session => explain(code, session)));
}

function explain(asked: string, session: Session): ExitCode {
  const found = EXPLANATIONS.find(({ code }) => code.toLowerCase() === asked.toLowerCase());
  if (found === undefined) {
    const near = nearest(
      asked,
      EXPLANATIONS.map(({ code }) => code),
    );
    session.problem(`there is no code ${asked}${near === undefined ? '' : `; did you mean ${near}?`}`);
    return EXIT.problems;
  }
  if (session.settings.json) session.json(found);
  else {
    session.line(`${session.paint('bold', found.code)}  ${found.title}`);
    session.line();
    session.line(found.meaning);
    session.line(found.fix);
  }
  return EXIT.ok;
}
