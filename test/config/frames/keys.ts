// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** Types and keys. */
import { A, HUB_FILE, phoneWith } from '../setup.ts';
import type { Frame } from './frame.ts';

export const frames: readonly Frame[] = [
  {
    code: 'PB-C002',
    name: 'a type near to a known one',
    world: { files: { [A]: phoneWith({ replace: ['type: phone', 'type: fone'] }) } },
    text: `
error[PB-C002] unknown channel type "fone"
  --> config/channels/a.yaml:2:7
    |
  2 | type: fone
    |       ^^^^
  = help: did you mean "phone"? Known types: phone, chat
`,
  },
  {
    code: 'PB-C002',
    name: 'a type like no other',
    world: { files: { [A]: phoneWith({ replace: ['type: phone', 'type: telegraph'] }) } },
    text: `
error[PB-C002] unknown channel type "telegraph"
  --> config/channels/a.yaml:2:7
    |
  2 | type: telegraph
    |       ^^^^^^^^^
  = help: known types: phone, chat
`,
  },
  {
    code: 'PB-C003',
    name: 'a misspelt key is not missing as well',
    world: { files: { [A]: phoneWith({ replace: ['app_secret', 'app_secrt'] }) } },
    text: `
error[PB-C003] unknown key "app_secrt" in credentials
  --> config/channels/a.yaml:5:3
    |
  5 |   app_secrt: \${env:APP_SECRET}
    |   ^^^^^^^^^
  = help: did you mean "app_secret"?
`,
  },
  {
    code: 'PB-C003',
    name: 'a key in another case',
    world: { files: { [HUB_FILE]: 'version: 1\nhttp:\n  publicUrl: https://hub.example\n' } },
    text: `
error[PB-C003] unknown key "publicUrl" in http
  --> config/hub.yaml:3:3
    |
  3 |   publicUrl: ********
    |   ^^^^^^^^^
  = help: did you mean "public_url"?
`,
  },
  {
    code: 'PB-C003',
    name: 'a key that belongs in a section',
    world: { files: { [A]: phoneWith({ add: 'access_token: ${env:TOKEN}\n' }) } },
    text: `
error[PB-C003] unknown key "access_token"
  --> config/channels/a.yaml:8:1
    |
  8 | access_token: \${env:TOKEN}
    | ^^^^^^^^^^^^
  = help: did you mean "credentials.access_token"?
`,
  },
  {
    code: 'PB-C003',
    name: 'a key like no other, its value unseen',
    world: { files: { [A]: phoneWith({ add: 'colour: s3cr3t-canary\n' }) } },
    text: `
error[PB-C003] unknown key "colour"
  --> config/channels/a.yaml:8:1
    |
  8 | colour: ********
    | ^^^^^^
  = help: known keys here: version, id, type, description, tenant, enabled, credentials, account, api, pipeline, delivery
`,
  },
  {
    code: 'PB-C003',
    name: 'a key that may be a secret',
    world: { files: { [A]: phoneWith({ replace: ['  access_token', '  s3cr3t-canary:\n  access_token'] }) } },
    text: `
error[PB-C003] unknown key in credentials
  --> config/channels/a.yaml:4:3
    |
  4 |   ********:
    |   ^^^^^^^^
  = help: known keys here: access_token, app_secret, previous_app_secret
`,
  },
  {
    code: 'PB-C004',
    name: 'a key',
    world: { files: { [A]: phoneWith({ replace: ['  app_secret: ${env:APP_SECRET}\n', ''] }) } },
    text: `
error[PB-C004] missing required key "app_secret" in credentials
  --> config/channels/a.yaml:3:1
    |
  3 | credentials:
    | ^^^^^^^^^^^
`,
  },
  {
    code: 'PB-C004',
    name: 'sections, with what they hold',
    world: { files: { [A]: 'version: 1\ntype: phone\n' } },
    text: `
error[PB-C004] missing required key "credentials"
  --> config/channels/a.yaml:1:1
    |
  1 | version: 1
    | ^^^^^^^
  = help: it holds access_token, app_secret

error[PB-C004] missing required key "account"
  --> config/channels/a.yaml:1:1
    |
  1 | version: 1
    | ^^^^^^^
  = help: it holds number_id
`,
  },
  {
    code: 'PB-C004',
    name: 'a key without a value',
    world: { files: { [A]: phoneWith({ replace: ['"4711"', ''] }) } },
    text: `
error[PB-C004] required key "account.number_id" has no value
  --> config/channels/a.yaml:7:3
    |
  7 |   number_id:
    |   ^^^^^^^^^
`,
  },
  {
    code: 'PB-C004',
    name: 'the type',
    world: { files: { [A]: phoneWith({ replace: ['type: phone\n', ''] }) } },
    text: `
error[PB-C004] missing required key "type"
  --> config/channels/a.yaml:1:1
    |
  1 | version: 1
    | ^^^^^^^
  = help: known types: phone, chat
`,
  },
  {
    code: 'PB-C004',
    name: 'the version of the hub',
    world: { files: { [HUB_FILE]: '# nothing\nname: acme\n' } },
    text: `
error[PB-C004] missing required key "version"
  --> config/hub.yaml:2:1
    |
  2 | name: acme
    | ^^^^
`,
  },
];
