/** Mocha's own report, and behind it what this machine could not run: that must not look like what passed. */
import Mocha from 'mocha';
import { NOT_RUN } from './could-not-run.ts';

const { EVENT_RUN_END, EVENT_TEST_PENDING } = Mocha.Runner.constants;

// biome-ignore lint/style/noDefaultExport: how mocha finds a reporter
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const left: string[] = [];
    runner.on(EVENT_TEST_PENDING, test => {
      if (test.title.startsWith(NOT_RUN)) left.push(test.fullTitle());
    });
    // Behind the summary, which listens for the same.
    runner.once(EVENT_RUN_END, () => {
      for (const title of left) console.log(`  could not run: ${title.replace(NOT_RUN, '— ')}`);
    });
  }
}
