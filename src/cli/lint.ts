/** `patchbay lint`: every problem of the configuration at once, and nothing is touched. */
import type { Problem } from '../config/problem.ts';
import { renderProblems } from '../config/render.ts';
import { checked } from './checked.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import type { Cli } from './program.ts';

const FORMATS = ['text', 'json', 'github'] as const;
type Format = (typeof FORMATS)[number];

export function addLint(cli: Cli): void {
  const command = cli.program
    .command('lint')
    .description('check the configuration: hub.yaml and its channel files')
    .argument('[file]', 'hub.yaml, in place of --config')
    .option('--format <format>', FORMATS.join(', '), 'text')
    .action((file: string | undefined, { format }: { format: string }) =>
      cli.run(command, session => {
        const known = FORMATS.find(one => one === format);
        if (known !== undefined) return lint(file, session.settings.json ? 'json' : known, session);
        session.problem(`there is no format ${format}; known formats: ${FORMATS.join(', ')}`);
        return EXIT.usage;
      }),
    );
}

function lint(file: string | undefined, format: Format, session: Session): ExitCode {
  const { config, problems } = checked(session, file);
  if (format === 'json') session.json({ problems });
  else if (format === 'github') for (const problem of problems) session.line(annotation(problem));
  else if (problems.length > 0) session.line(renderProblems(problems, session.settings));
  if (config === null) {
    session.note(problems.length === 1 ? '1 problem' : `${problems.length} problems`);
    return EXIT.config;
  }
  const live = config.channels.filter(channel => !channel.sandbox).length;
  session.note(`no problems; ${config.channels.length} channels, ${live} of them with credentials`);
  return EXIT.ok;
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
function annotation({ code, message, file, place, help }: Problem): string {
  const at = place === undefined ? [] : [`line=${place.line}`, `col=${place.column}`];
  const where = [`file=${escapeProperty(file)}`, ...at, `title=${code}`].join(',');
  const text = help === undefined ? message : `${message} (${help})`;
  return `::error ${where}::${escapeData(text)}`;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
