/** `patchbay restore`: a data folder made of a backup. */
import { resolve } from 'node:path';
import { makeFolder } from '../storage/embedded/backup/folders.ts';
import { restoreBackup } from '../storage/embedded/backup/restore.ts';
import { holdFolder } from '../storage/embedded/hold.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import type { Cli } from './program.ts';
import { readConfig } from './settings.ts';

interface Flags {
  readonly force?: boolean;
}

export function addRestore(cli: Cli): void {
  const command = cli.program
    .command('restore')
    .description('fill the data folder from a backup; no hub may be running on it')
    .argument('<backup>', 'the backup: its folder, or its .tar file')
    .option('--force', 'also where the data folder holds something, which is moved aside')
    .action((backup: string, flags: Flags) => cli.run(command, session => restore(backup, flags, session)));
}

async function restore(backup: string, flags: Flags, session: Session): Promise<ExitCode> {
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  const from = resolve(session.io.cwd, backup);
  try {
    makeFolder(config.data);
    const lock = holdFolder(config.data);
    try {
      const force = flags.force === true;
      const restored = await restoreBackup({ from, dir: config.data, force, now: Date.now() });
      if (!restored.ok) {
        for (const problem of restored.problems.slice(0, 20)) session.problem(problem);
        return EXIT.problems;
      }
      const { manifest, movedTo } = restored;
      if (session.settings.json) session.json({ data: config.data, movedTo, ...manifest });
      else session.line(`${config.data}: as it was on ${manifest.at}`);
      if (movedTo.length > 0) session.note(`What was there before is in ${movedTo.join(' and ')}.`);
      for (const warning of manifest.warnings) session.note(`When it was backed up: ${warning}.`);
      session.note(
        'What the hub did after the backup is not known to it: replies of that time may be sent again.',
      );
      return EXIT.ok;
    } finally {
      lock.close();
    }
  } catch (error) {
    session.problem(`nothing can be restored: ${(error as Error).message}`);
    return EXIT.problems;
  }
}
