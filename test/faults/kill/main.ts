/** `npm run faults:kill -- --kills 500 [--no-proof park|resend] --seed 7 --json` */
import { runCommand } from '../support/command.ts';
import { withoutProof } from './no-proof.ts';
import { killRun } from './run.ts';

await runCommand({
  name: 'kill',
  count: { flag: 'kills', fallback: 100 },
  way: { flag: 'no-proof', settings: { park: withoutProof('park'), resend: withoutProof('resend') } },
  run: ({ count, ...options }) => killRun({ ...options, kills: count }),
});
