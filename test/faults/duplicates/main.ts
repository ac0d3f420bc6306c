/** `npm run faults:duplicates -- --size ci --json` */
import { runHarness } from '../support/harness.ts';
import { duplicatesRun } from './run.ts';

await runHarness({ name: 'duplicates', run: duplicatesRun });
