/** The hub as `patchbay start` starts it, with processors of a harness in place of its own: `node trial-hub.ts <hub.yaml> <module> [maxAttempts] [maxMemoryMb]`. */
import { definitions } from '../../../src/channels/index.ts';
import { apiToken } from '../../../src/config/api-token.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { ALL_ROLES, startHub } from '../../../src/hub.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';

const [, , file = '', module = '', maxAttempts = '1', maxMemoryMb] = process.argv;
const config = loadConfig({ file, definitions, env: readEnvironment().variables });
const hub = await startHub(config, {
  logger: createLogger({ ...config.log, color: false }),
  token: apiToken(config.data, config),
  assistant: null,
  version: '0.0.0',
  mountPage: () => {},
  roles: ALL_ROLES,
  crash: undefined,
  trial: {
    module,
    maxAttempts: Number(maxAttempts),
    ...(maxMemoryMb === undefined ? {} : { maxMemoryMb: Number(maxMemoryMb) }),
  },
  onFatal: () => process.exit(1),
});
process.once('SIGTERM', async () => {
  await hub[Symbol.asyncDispose]();
  process.exit(0);
});
