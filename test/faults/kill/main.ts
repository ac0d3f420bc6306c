/** `npm run faults:kill -- --kills 500 --seed 7 --json` */
import { runCommand } from '../support/command.ts';
import { killRun } from './run.ts';

await runCommand({
  name: 'kill',
  count: { flag: 'kills', fallback: 100 },
  run: ({ count, ...options }) => killRun({ ...options, kills: count }),
});
