/** The `patchbay` command: bin/patchbay.mjs brings the right Node and runs this. */
import { readEnvironment } from '../config/environment.ts';
import { processIo } from './io.ts';
import { runCli } from './program.ts';

// Whoever read our output may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

// Not process.exit(): what was written to a pipe may still be on its way.
process.exitCode = await runCli(process.argv.slice(2), processIo(readEnvironment()));
