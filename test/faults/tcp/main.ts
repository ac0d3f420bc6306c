/** `npm run faults:tcp -- --size ci --json` */
import { runHarness } from '../support/harness.ts';
import { tcpRun } from './run.ts';

await runHarness({ name: 'tcp', run: tcpRun });
