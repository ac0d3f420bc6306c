/** `npm run faults:pressure -- --size ci --json` */
import { runHarness } from '../support/harness.ts';
import { pressureRun } from './run.ts';

await runHarness({ name: 'pressure', run: pressureRun });
