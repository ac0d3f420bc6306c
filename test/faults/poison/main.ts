/** `npm run faults:poison -- --size ci --json` */
import { runHarness } from '../support/harness.ts';
import { poisonRun } from './run.ts';

await runHarness({ name: 'poison', run: poisonRun });
