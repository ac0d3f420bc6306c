/** `npm run faults:crash -- --rounds 20 --json` */
import { runCommand } from '../support/command.ts';
import { crashRun } from './run.ts';

await runCommand({
  name: 'crash',
  count: { flag: 'rounds', fallback: 3 },
  run: ({ count, ...options }) => crashRun({ ...options, rounds: count }),
});
