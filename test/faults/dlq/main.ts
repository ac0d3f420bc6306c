/** `npm run faults:dlq -- --size ci --json` */
import { runHarness } from '../support/harness.ts';
import { dlqRun } from './run.ts';

await runHarness({ name: 'dlq', run: dlqRun });
