// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** Files and folders that cannot be used. */
import { sandboxSecrets } from '../../../src/config/sandbox-secrets.ts';
import { A, HUB_FILE, LIVE } from '../setup.ts';
import type { Frame } from './frame.ts';

export const frames: readonly Frame[] = [
  {
    code: 'PB-C016',
    name: 'a hub that is not there',
    world: { files: { [HUB_FILE]: undefined } },
    text: `
error[PB-C016] the file does not exist
  --> config/hub.yaml
`,
  },
  {
    code: 'PB-C016',
    name: 'a folder',
    world: { files: { [HUB_FILE]: 'not a file' } },
    text: `
error[PB-C016] this is not a file
  --> config/hub.yaml
`,
  },
  {
    code: 'PB-C016',
    name: 'a channel file of somebody else',
    world: { files: { [A]: 'not allowed' } },
    text: `
error[PB-C016] the file may not be read by this user
  --> config/channels/a.yaml
`,
  },
  {
    code: 'PB-C017',
    name: 'another encoding',
    world: { files: { [A]: Buffer.from('description: caf\xe9', 'latin1') } },
    text: `
error[PB-C017] the file is not UTF-8 text
  --> config/channels/a.yaml
  = help: save it as UTF-8
`,
  },
  {
    code: 'PB-C017',
    name: 'two bytes for a letter',
    world: { files: { [A]: Buffer.from('version: 1', 'utf16le') } },
    text: `
error[PB-C017] the file is not UTF-8 text
  --> config/channels/a.yaml
  = help: save it as UTF-8
`,
  },
  {
    code: 'PB-C018',
    name: 'a large file',
    world: { files: { [A]: 'too large' } },
    text: `
error[PB-C018] the file is larger than 1 MB
  --> config/channels/a.yaml
`,
  },
  {
    code: 'PB-C022',
    name: 'PORT',
    world: { env: { ...LIVE, PORT: 'eighty' } },
    text: `
error[PB-C022] PORT: expected a port from 0 to 65535
  --> environment variable PORT
  = help: it takes the place of the port in http.listen; unset it to use that one
`,
  },
  {
    code: 'PB-C023',
    name: 'where nothing can be written',
    world: {
      env: {},
      options: { sandboxSecret: sandboxSecrets('/dev/null/data'), dataDir: '/dev/null/data' },
    },
    text: `
error[PB-C023] the data folder cannot be used
  --> /dev/null/data
  = help: let this user write to it, or name another with PATCHBAY_DATA
`,
  },
];
