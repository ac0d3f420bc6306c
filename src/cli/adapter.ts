/** `patchbay adapter test`: the rules of the channel contract, and what the hub makes of it, on any adapter's folder. */
import { relative, resolve } from 'node:path';
import { type RuleResult, rulesFor, runRules } from '../kit/run.ts';
import { deliveryRules } from './adapter-delivery.ts';
import { loadSubject } from './adapter-load.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import type { Cli } from './program.ts';
import { printable } from './words.ts';

interface Flags {
  readonly only?: readonly string[];
}

export function addAdapter(cli: Cli): void {
  const adapter = cli.program.command('adapter').description('adapters for platforms, yours included');
  const test = adapter
    .command('test')
    .description('check an adapter against every rule of the channel contract, and within a hub')
    .argument('<dir>', 'the folder of the adapter, with its testing.ts')
    .option('--only <names...>', 'groups or rules, as batches or signature/missing')
    .action((dir: string, flags: Flags) => cli.run(test, session => testAdapter(dir, flags, session)));
}

async function testAdapter(dir: string, { only }: Flags, session: Session): Promise<ExitCode> {
  const folder = resolve(session.io.cwd, dir);
  const loaded = loadSubject(folder);
  if (!loaded.ok) {
    session.problem(`${dir}: ${loaded.problem}`);
    return EXIT.usage;
  }
  const { subject, entry } = loaded;
  const more = deliveryRules(entry);
  const unknown = only?.filter(
    name => !rulesFor(subject, more).some(rule => name === rule.name || name === rule.group),
  );
  if (unknown !== undefined && unknown.length > 0) {
    const groups = [...new Set(rulesFor(subject, more).map(({ group }) => group))];
    session.problem(`there is no rule or group ${unknown.join(', ')}; groups: ${groups.join(', ')}`);
    return EXIT.usage;
  }
  const results: RuleResult[] = [];
  if (!session.settings.json)
    session.note(`${subject.definition.type}  ${relative(session.io.cwd, folder) || '.'}`);
  for await (const result of runRules(subject, only, more)) {
    results.push(result);
    if (!session.settings.json) show(result, session);
  }
  const failed = results.filter(({ ok }) => !ok).length;
  const skipped = results.filter(result => result.skipped).length;
  const ok = failed === 0;
  if (session.settings.json) session.json({ type: subject.definition.type, ok, results });
  else
    session.line(
      session.paint(
        ['bold', ok ? 'green' : 'red'],
        `${results.length - failed - skipped} hold, ${failed} ${failed === 1 ? 'is' : 'are'} broken, ${skipped} skipped`,
      ),
    );
  return ok ? EXIT.ok : EXIT.problems;
}

const MAX_DETAIL_LINES = 30;

function show({ name, ok, skipped, detail }: RuleResult, session: Session): void {
  const { line, paint } = session;
  if (ok)
    return line(
      skipped
        ? `${paint('yellow', 'skip')}  ${name}: ${printable(detail)}`
        : `${paint('green', 'ok')}    ${name}`,
    );
  line(`${paint(['bold', 'red'], 'FAIL')}  ${name}`);
  const lines = printable(detail).split('\n');
  for (const text of lines.slice(0, MAX_DETAIL_LINES)) line(`        ${text}`);
  if (lines.length > MAX_DETAIL_LINES) line(`        and ${lines.length - MAX_DETAIL_LINES} more lines`);
}
