/** The hub as it is started by `patchbay start`, with the processors of the harness: `node hub.ts <hub.yaml>`. */
import { definitions } from '../../../src/channels/index.ts';
import { apiToken } from '../../../src/config/api-token.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { ALL_ROLES, startHub } from '../../../src/hub.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';

const environment = readEnvironment();
const config = loadConfig({ file: process.argv[2] ?? '', definitions, env: environment.variables });
const hub = await startHub(config, {
  logger: createLogger({ ...config.log, color: false }),
  token: apiToken(config.data, config),
  assistant: null,
  version: '0.0.0',
  mountPage: () => {},
  roles: ALL_ROLES,
  crash: undefined,
  trial: { module: new URL('./processors.ts', import.meta.url).href, maxAttempts: 3, maxMemoryMb: 256 },
  onFatal: () => process.exit(1),
});
process.once('SIGTERM', async () => {
  await hub[Symbol.asyncDispose]();
  process.exit(0);
});
