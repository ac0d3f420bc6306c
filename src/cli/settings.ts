/** The configuration, as a command needs it. */
import { definitions } from '../channels/index.ts';
import type { HubConfig } from '../config/config.ts';
import { type Checked, checkConfig } from '../config/load.ts';
import { renderProblems } from '../config/render.ts';
import type { Session } from './io.ts';

/** Null after every problem was told. With the same generated secrets as the hub has. */
export function readConfig(session: Session): HubConfig | null {
  const { config, problems } = check(session);
  if (config === null) session.io.tell(`${renderProblems(problems, session.settings)}\n`);
  return config;
}

function check({ io, settings }: Session): Checked {
  return checkConfig({
    file: settings.config,
    definitions,
    env: io.environment.variables,
    cwd: io.cwd,
  });
}
