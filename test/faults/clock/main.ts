/** `npm run faults:clock -- --size ci --json` */
import { runHarness } from '../support/harness.ts';
import { clockRun } from './run.ts';

await runHarness({ name: 'clock', run: clockRun });
