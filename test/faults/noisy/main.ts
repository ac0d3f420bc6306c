/** `npm run faults:noisy -- --size ci --json` */
import { runHarness } from '../support/harness.ts';
import { noisyRun } from './run.ts';

await runHarness({ name: 'noisy', run: noisyRun });
