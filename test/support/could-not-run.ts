/** The beginning of the name of a test that stands for a suite; the reporter says those again at the end. */
export const NOT_RUN = 'not run: ';

/** A pending test in the place of a suite, and a line at the end of the whole run. */
export function couldNotRun(title: string, why: string): void {
  describe(title, () => it.skip(`${NOT_RUN}${why}`));
}
