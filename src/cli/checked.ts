/** The configuration, read for commands that start nothing. */
import { definitions } from '../channels/index.ts';
import { type Checked, checkConfig } from '../config/load.ts';
import type { Session } from './io.ts';

/** With credentials of the sandbox made up and thrown away: nothing is sent, so none has to be kept. */
export const checked = ({ io, settings }: Session, file = settings.config): Checked =>
  checkConfig({
    file,
    definitions,
    env: io.environment.variables,
    cwd: io.cwd,
    sandboxSecret: () => '0'.repeat(64),
  });
