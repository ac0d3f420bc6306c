/** `patchbay sandbox run`: plays a scenario against a hub, and tells what came of it. */
import { resolve } from 'node:path';
import { checkFile } from '../config/check-file.ts';
import { diskFiles } from '../config/files.ts';
import { lookUpIn } from '../config/references.ts';
import { renderProblems } from '../config/render.ts';
import { ScenarioFile } from '../sandbox/scenario.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import { type Played, play } from './sandbox-play.ts';
import { showPlayed } from './sandbox-show.ts';
import { openTarget } from './sandbox-target.ts';

export interface RunFlags {
  readonly own?: boolean;
}

export async function runScenario(file: string, flags: RunFlags, session: Session): Promise<ExitCode> {
  const scenario = readScenario(file, session);
  if (typeof scenario === 'number') return scenario;
  const target = await openTarget(flags.own === true, session);
  if (typeof target === 'number') return target;
  await using at = target;
  if (at.sandboxUrl === null) {
    session.problem('no channel is in the sandbox: there is nobody to play with');
    return EXIT.problems;
  }
  const played = await play(scenario, at, session);
  if (typeof played === 'number') return played;
  if (session.settings.json) session.json({ ok: isAsExpected(played), ...played });
  else showPlayed(played, session);
  return isAsExpected(played) ? EXIT.ok : EXIT.problems;
}

const isAsExpected = ({ settled, expected }: Played): boolean => settled && expected.every(({ ok }) => ok);

function readScenario(file: string, { io, settings }: Session): ScenarioFile | ExitCode {
  const { cwd } = io;
  const lookUp = lookUpIn(io.environment.variables, diskFiles);
  const { value, problems } = checkFile(resolve(cwd, file), ScenarioFile, { files: diskFiles, cwd, lookUp });
  if (value !== undefined) return value;
  io.tell(`${renderProblems(problems, settings)}\n`);
  return EXIT.config;
}
