// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** References and secrets. */
import { A, HUB_FILE, phoneWith } from '../setup.ts';
import type { Frame } from './frame.ts';

export const frames: readonly Frame[] = [
  {
    code: 'PB-C010',
    name: 'some credentials',
    world: { files: { [A]: phoneWith({ add: '' }) }, env: { TOKEN: 'x' } },
    text: `
error[PB-C010] credentials.app_secret: environment variable APP_SECRET is not set
  --> config/channels/a.yaml:5:15
    |
  5 |   app_secret: \${env:APP_SECRET}
    |               ^^^^^^^^^^^^^^^^^
  = help: TOKEN is set: set all credentials, or none of them to use the sandbox
`,
  },
  {
    code: 'PB-C010',
    name: 'all credentials, where there is no sandbox',
    world: {
      files: {
        [HUB_FILE]: 'version: 1\nsandbox: { mode: off }\n',
        [A]: phoneWith({ replace: ['${env:APP_SECRET}', '${file:/run/secrets/app}'] }),
      },
      env: {},
    },
    text: `
error[PB-C010] credentials.access_token: environment variable TOKEN is not set
  --> config/channels/a.yaml:4:17
    |
  4 |   access_token: \${env:TOKEN}
    |                 ^^^^^^^^^^^^
  = help: sandbox.mode is off, so every credential has to be set

error[PB-C010] credentials.app_secret: the file /run/secrets/app does not exist
  --> config/channels/a.yaml:5:15
    |
  5 |   app_secret: \${file:/run/secrets/app}
    |               ^^^^^^^^^^^^^^^^^^^^^^^^
  = help: sandbox.mode is off, so every credential has to be set
`,
  },
  {
    code: 'PB-C010',
    name: 'a variable inside a text',
    world: { files: { [HUB_FILE]: 'version: 1\nname: the ${env:HUB_NAME} hub\n' } },
    text: `
error[PB-C010] name: environment variable HUB_NAME is not set
  --> config/hub.yaml:2:11
    |
  2 | name: the \${env:HUB_NAME} hub
    |           ^^^^^^^^^^^^^^^
  = help: a default can be given: \${env:HUB_NAME:-default}
`,
  },
  {
    code: 'PB-C011',
    name: 'a token, and the one before it in a comment',
    world: {
      files: { [A]: phoneWith({ replace: ['${env:TOKEN}', 'EAAs3cr3t-canary # was EAAs3cr3t-canary'] }) },
    },
    text: `
error[PB-C011] credentials.access_token: a secret may not stand in the file
  --> config/channels/a.yaml:4:17
    |
  4 |   access_token: ********
    |                 ^^^^^^^^
  = help: write \${env:NAME} or \${file:/path}
`,
  },
  {
    code: 'PB-C011',
    name: 'a secret made of digits',
    world: { files: { [A]: phoneWith({ replace: ['${env:TOKEN}', '4711471147114711'] }) } },
    text: `
error[PB-C011] credentials.access_token: a secret may not stand in the file
  --> config/channels/a.yaml:4:17
    |
  4 |   access_token: ********
    |                 ^^^^^^^^
  = help: write \${env:NAME} or \${file:/path}
`,
  },
  {
    code: 'PB-C012',
    name: 'a secret with a default',
    world: { files: { [A]: phoneWith({ replace: ['${env:TOKEN}', '${env:TOKEN:-s3cr3t-canary}'] }) } },
    text: `
error[PB-C012] credentials.access_token: a secret has no default
  --> config/channels/a.yaml:4:17
    |
  4 |   access_token: ********
    |                 ^^^^^^^^
  = help: write \${env:TOKEN}
`,
  },
  {
    code: 'PB-C012',
    name: 'a secret with text around it',
    world: { files: { [A]: phoneWith({ replace: ['${env:TOKEN}', 'Bearer ${env:TOKEN}'] }) } },
    text: `
error[PB-C012] credentials.access_token: a secret is one reference with nothing beside it
  --> config/channels/a.yaml:4:17
    |
  4 |   access_token: ********
    |                 ^^^^^^^^
  = help: write \${env:NAME} or \${file:/path}
`,
  },
  {
    code: 'PB-C012',
    name: 'a reference to nothing known',
    world: { files: { [HUB_FILE]: 'version: 1\nname: my ${HUB_NAME} hub\n' } },
    text: `
error[PB-C012] name: a reference begins with env: or file:
  --> config/hub.yaml:2:10
    |
  2 | name: my \${HUB_NAME} hub
    |          ^^^^^^^^^^^
  = help: write \${env:NAME} or \${file:/path}
`,
  },
  {
    code: 'PB-C012',
    name: 'a relative path',
    world: { files: { [A]: phoneWith({ replace: ['${env:TOKEN}', '${file:secrets/token}'] }) } },
    text: `
error[PB-C012] credentials.access_token: the path of a file reference begins with /
  --> config/channels/a.yaml:4:17
    |
  4 |   access_token: ********
    |                 ^^^^^^^^
  = help: write \${env:NAME} or \${file:/path}
`,
  },
  {
    code: 'PB-C013',
    name: 'an empty file',
    world: {
      files: { [A]: phoneWith({ replace: ['${env:TOKEN}', '${file:/run/token}'] }), '/run/token': '\n' },
    },
    text: `
error[PB-C013] credentials.access_token: the file is empty
  --> config/channels/a.yaml:4:17
    |
  4 |   access_token: \${file:/run/token}
    |                 ^^^^^^^^^^^^^^^^^^
`,
  },
  {
    code: 'PB-C013',
    name: 'a file of somebody else',
    world: {
      files: {
        [A]: phoneWith({ replace: ['${env:TOKEN}', '${file:/run/token}'] }),
        '/run/token': 'not allowed',
      },
    },
    text: `
error[PB-C013] credentials.access_token: the file may not be read
  --> config/channels/a.yaml:4:17
    |
  4 |   access_token: \${file:/run/token}
    |                 ^^^^^^^^^^^^^^^^^^
`,
  },
];
