/** A hub with one Slack channel whose secrets are known, in a folder of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIGNING_SECRET } from './slack-event.ts';

/** Returns the path of hub.yaml. */
export function writeBenchConfig(dir: string): string {
  mkdirSync(join(dir, 'channels'), { recursive: true });
  writeFileSync(join(dir, 'signing'), SIGNING_SECRET, { mode: 0o600 });
  writeFileSync(join(dir, 'token'), 'xoxb-bench-token-0123456789', { mode: 0o600 });
  writeFileSync(
    join(dir, 'hub.yaml'),
    'version: 1\nname: bench\nhttp: { listen: 127.0.0.1:0 }\nlog: { level: error }\n',
  );
  writeFileSync(
    join(dir, 'channels', 'bench.yaml'),
    [
      'version: 1',
      'type: slack',
      `credentials: { bot_token: "\${file:${join(dir, 'token')}}", signing_secret: "\${file:${join(dir, 'signing')}}" }`,
      'account: { team_id: T0BENCH001, app_id: A0BENCH001 }',
      'api: { base_url: http://127.0.0.1:9 }',
      '',
    ].join('\n'),
  );
  return join(dir, 'hub.yaml');
}
