/** Problems as people read them: one frame each, with the line, what is meant in it, and one line of help. */
import { styleText } from 'node:util';
import type { Place, Problem } from './problem.ts';

type Paint = (style: 'error' | 'title' | 'dim' | 'help', text: string) => string;

const STYLES = { error: ['bold', 'red'], title: 'bold', dim: ['bold', 'blue'], help: 'cyan' } as const;

/** The frames, separated by an empty line and without one at the end. Secrets are masked in either mode. */
export function renderProblems(problems: readonly Problem[], options: { readonly color: boolean }): string {
  const paint: Paint = (style, text) =>
    options.color ? styleText([STYLES[style]].flat(), text, { validateStream: false }) : text;
  return problems.map(problem => frame(problem, paint)).join('\n\n');
}

function frame(problem: Problem, paint: Paint): string {
  const { code, message, file, place, also, help } = problem;
  const title = `${paint('error', `error[${code}]`)}${paint('title', ` ${message}`)}`;
  return [
    title,
    ...(place === undefined
      ? [`  ${paint('dim', '-->')} ${file}`]
      : excerpt('-->', place, paint('error', '^'.repeat(place.mark.length)), paint)),
    ...(also === undefined
      ? []
      : excerpt(
          ':::',
          also.place,
          paint('dim', `${'-'.repeat(also.place.mark.length)} ${also.label}`),
          paint,
        )),
    ...(help === undefined ? [] : [`  ${paint('dim', '=')} ${paint('help', 'help:')} ${help}`]),
  ].join('\n');
}

function excerpt(arrow: string, place: Place, underline: string, paint: Paint): readonly string[] {
  const number = String(place.line);
  const gutter = `  ${' '.repeat(number.length)} ${paint('dim', '|')}`;
  return [
    `  ${paint('dim', arrow)} ${place.file}:${place.line}:${place.column}`,
    gutter,
    `  ${paint('dim', `${number} |`)} ${place.excerpt}`.trimEnd(),
    `${gutter} ${' '.repeat(place.mark.at)}${underline}`,
  ];
}
