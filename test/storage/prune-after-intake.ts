/** A process that takes in old requests and forgets them at once, as a hub with a long backlog does. */
import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions } from '../../src/channels/index.ts';
import { startRetention } from '../../src/compose/retention.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { inboundMessage, logRecord, messageEvent, readRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { tell } from './record-calls.ts';

const [dir = ''] = process.argv.slice(2);
const cwd = fileURLToPath(new URL('../..', import.meta.url));
const config = loadConfig({ file: 'config/hub.yaml', cwd, definitions, env: {}, dataDir: dir });

// Each request has a segment of its own.
await using storage = await openStorage(dir, { maxSegmentBytes: 1 });
const first = await storage.log.append(logRecord());
const second = await storage.log.append(logRecord());
if (!first.ok || !second.ok) throw new Error('not appended');
tell('stored');
const record = readRecord([messageEvent(inboundMessage())], first.position);
await storage.store.accept({
  from: await storage.store.position(),
  next: second.position,
  records: [record],
});
tell('taken in');
const old = join(storage.journalDir, '00000001.journal');
utimesSync(old, 1, 1);
const logger = createLogger({ level: 'silent', format: 'json', color: false });
await using _retention = startRetention(config, storage, { ago: ms => Date.now() - ms }, logger);
await until(() => !existsSync(old), 'the old request to be forgotten');
