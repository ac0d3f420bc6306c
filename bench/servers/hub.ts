/**
 * The hub, durable: journal, intake, dedupe, order, work items. Argument `all`: pipeline and delivery as well,
 * into the sandbox; without it, what was accepted waits as work items.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitions } from '../../src/channels/index.ts';
import { loadConfig } from '../../src/config/load.ts';
import { startHub } from '../../src/hub.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { writeBenchConfig } from '../support/bench-config.ts';
import { serve } from '../support/server-process.ts';

const all = process.argv[2] === 'all';
const dir = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'patchbay-bench-'));
const config = loadConfig({ file: writeBenchConfig(dir), definitions, env: {}, dataDir: join(dir, 'data') });
const hub = await startHub(config, {
  logger: createLogger({ level: 'error', format: 'json', color: false }),
  token: 'bench-token',
  assistant: null,
  version: '0.0.0',
  mountPage: () => {},
  roles: { intake: true, pipeline: all, delivery: all },
  crash: undefined,
  onFatal: error => {
    throw error;
  },
});
process.once('SIGTERM', async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
  process.exit(0);
});
serve(Number(new URL(hub.url).port), hub.settled);
