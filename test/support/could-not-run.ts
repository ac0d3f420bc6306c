/**
 * What a machine cannot do, said in the last lines of the run: a suite that was left out must not look like one
 * that passed.
 */
const left = new Map<string, string>();

/** A pending test in the place of a suite, and a line at the end of the whole run. */
export function couldNotRun(title: string, why: string): void {
  describe(title, () => it.skip(`not run: ${why}`));
  if (left.size === 0) process.once('exit', () => console.log(`${summary()}\n`));
  left.set(title, why);
}

const summary = (): string => [...left].map(([title, why]) => `  not run: ${why} (${title})`).join('\n');
