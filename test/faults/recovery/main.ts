/** `npm run faults:recovery -- --size ci --json` */
import { runHarness } from '../support/harness.ts';
import { recoveryRun } from './run.ts';

await runHarness({ name: 'recovery', run: recoveryRun });
