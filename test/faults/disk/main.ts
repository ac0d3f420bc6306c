/** `npm run faults:disk -- --size ci --json` */
import { runHarness } from '../support/harness.ts';
import { diskRun } from './run.ts';

await runHarness({ name: 'disk', run: diskRun });
