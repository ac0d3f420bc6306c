/** `patchbay new adapter`: a folder to begin with, complete but for the one thing its first failing rule asks for. */
import { mkdirSync, readdirSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { definitionOf } from '../channels/index.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import { writeAdapter } from './new-adapter.ts';
import type { Cli } from './program.ts';

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const MAX_NAME = 31;

export function addNew(cli: Cli): void {
  const command = cli.program.command('new').description('begin something of your own');
  const adapter = command
    .command('adapter')
    .description('write the folder of an adapter for a platform the hub does not know')
    .argument('<name>', 'the type of its channels: small letters, digits and hyphens')
    .option('--out <dir>', 'where (default: ./adapter-<name>)')
    .action((name: string, { out }: { readonly out?: string }) =>
      cli.run(adapter, session => newAdapter(name, out ?? `adapter-${name}`, session)),
    );
}

function newAdapter(name: string, out: string, session: Session): ExitCode {
  const usage = (problem: string): ExitCode => {
    session.problem(problem);
    return EXIT.usage;
  };
  if (!NAME.test(name) || name.length > MAX_NAME)
    return usage(`${name}: expected small letters, digits and hyphens, as in my-platform`);
  if (definitionOf(name) !== undefined) return usage(`the hub has an adapter of type ${name} already`);
  const folder = resolve(session.io.cwd, out);
  if (!isEmpty(folder)) return usage(`${out} is not empty`);
  mkdirSync(folder, { recursive: true });
  const files = writeAdapter(name, folder);
  const shown = relative(session.io.cwd, folder) || '.';
  if (session.settings.json) session.json({ name, folder, files });
  else for (const file of files) session.line(`${shown}/${file}`);
  session.note(`\nNext: npx patchbay adapter test ${shown}`);
  return EXIT.ok;
}

function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
