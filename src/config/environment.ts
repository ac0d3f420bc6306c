/** The only file that reads the environment of the process. */

export interface Environment {
  /** As it was at the start: what references in configuration files name. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** `HUB_CRASH`: where the fault harness wants the process to die, as it stands. */
  readonly crash: string | undefined;
  /** `NO_COLOR` and `FORCE_COLOR` (https://no-color.org, https://force-color.org); `auto`: as the terminal can. */
  readonly color: 'never' | 'always' | 'auto';
  /** Nobody is there to answer a question. */
  readonly ci: boolean;
}

/** Colour where it is asked for, whatever the terminal is. */
function colorIn({
  NO_COLOR = '',
  FORCE_COLOR = '',
  TERM = '',
}: Environment['variables']): Environment['color'] {
  if (NO_COLOR !== '' || FORCE_COLOR === '0' || FORCE_COLOR === 'false') return 'never';
  if (FORCE_COLOR !== '') return 'always';
  return TERM === 'dumb' ? 'never' : 'auto';
}

export function readEnvironment(variables: Environment['variables'] = { ...process.env }): Environment {
  const isSet = (name: string) => (variables[name] ?? '') !== '';
  return {
    variables,
    crash: isSet('HUB_CRASH') ? variables.HUB_CRASH : undefined,
    color: colorIn(variables),
    ci: isSet('CI'),
  };
}
