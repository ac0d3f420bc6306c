/** `npm run faults:weather -- --size ci --json` */
import { runHarness } from '../support/harness.ts';
import { weatherRun } from './run.ts';

await runHarness({ name: 'weather', run: weatherRun });
