/** `patchbay backup`: the data folder copied, whether a hub runs on it or not. */
import { resolve } from 'node:path';
import { takeBackup } from '../storage/embedded/backup/take.ts';
import { type Recovery, tellRecovery } from '../storage/embedded/redo/report.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import type { Cli } from './program.ts';
import { readConfig } from './settings.ts';

export function addBackup(cli: Cli): void {
  const command = cli.program
    .command('backup')
    .description('copy the data folder, also of a running hub')
    .argument(
      '<target>',
      'where the copy is to be: a new or empty folder, or one file whose name ends in .tar',
    )
    .action((target: string) =>
      cli.run(command, session => backUp(target, cli.program.version() ?? '', session)),
    );
}

/** As people name an archive that is compressed as well, which ours is not. */
const COMPRESSED = /\.(tgz|tar\.\w+|zip)$/i;

async function backUp(target: string, version: string, session: Session): Promise<ExitCode> {
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  if (COMPRESSED.test(target)) {
    session.problem('a backup is a folder, or a file whose name ends in .tar; compress that file afterwards');
    return EXIT.usage;
  }
  const to = resolve(session.io.cwd, target);
  try {
    const taken = await takeBackup({ dir: config.data, to, version, now: Date.now() });
    if (!taken.ok) {
      session.problem(taken.problem);
      return EXIT.problems;
    }
    const { manifest, recovery } = taken;
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    if (session.settings.json) session.json({ to, bytes, ...manifest });
    else session.line(`${to}: ${manifest.files.length} files, ${(bytes / 1e6).toFixed(1)} MB`);
    if (config.media.s3 !== null) session.note('Media are kept in S3, and are not part of it.');
    session.note('It holds messages and the secrets of this hub; keep it as safe as the data folder.');
    return tellFound(recovery, session);
  } catch (error) {
    session.problem(`the backup could not be made: ${(error as Error).message}`);
    return EXIT.problems;
  }
}

/** Nobody else tells of it: the hub finds its database in order then. */
function tellFound(recovery: Recovery | null, session: Session): ExitCode {
  if (recovery === null) return EXIT.ok;
  const isLossy = recovery.kind === 'kept' || recovery.lost.commits.length > 0;
  for (const found of tellRecovery(recovery)) {
    if (isLossy) session.problem(found);
    else session.note(`Before it was taken: ${found}.`);
  }
  if (!isLossy) return EXIT.ok;
  session.problem('the backup was made, of what is left');
  return EXIT.problems;
}
