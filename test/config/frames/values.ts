// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** Values. */
import { A, HUB_FILE, phoneWith } from '../setup.ts';
import type { Frame } from './frame.ts';

export const frames: readonly Frame[] = [
  {
    code: 'PB-C005',
    name: 'a duration',
    world: {
      files: { [A]: phoneWith({ add: 'delivery:\n  retry: { max_attempts: 5, base: 1s, max: 5min }\n' }) },
    },
    text: `
error[PB-C005] delivery.retry.max: expected a duration such as 500ms, 10s, 15m or 30d
  --> config/channels/a.yaml:9:44
    |
  9 |   retry: { max_attempts: 5, base: 1s, max: 5min }
    |                                            ^^^^
`,
  },
  {
    code: 'PB-C005',
    name: 'a choice',
    world: { files: { [A]: phoneWith({ add: 'delivery: { ambiguous: { policy: resned } }\n' }) } },
    text: `
error[PB-C005] delivery.ambiguous.policy: expected resend or park
  --> config/channels/a.yaml:8:34
    |
  8 | delivery: { ambiguous: { policy: resned } }
    |                                  ^^^^^^
  = help: did you mean "resend"?
`,
  },
  {
    code: 'PB-C005',
    name: 'a number out of bounds',
    world: { files: { [A]: phoneWith({ add: 'delivery: { retry: { max_attempts: 0 } }\n' }) } },
    text: `
error[PB-C005] delivery.retry.max_attempts: expected at least 1
  --> config/channels/a.yaml:8:36
    |
  8 | delivery: { retry: { max_attempts: 0 } }
    |                                    ^
`,
  },
  {
    code: 'PB-C005',
    name: 'a rate that is none',
    world: { files: { [A]: phoneWith({ add: 'delivery: { rate_limit: { account: 80 a second } }\n' }) } },
    text: `
error[PB-C005] delivery.rate_limit.account: expected a rate such as 80/s, 1/6s or 20/m burst 5, or none
  --> config/channels/a.yaml:8:36
    |
  8 | delivery: { rate_limit: { account: 80 a second } }
    |                                    ^^^^^^^^^^^
`,
  },
  {
    code: 'PB-C005',
    name: 'other kinds of values',
    world: {
      files: {
        [A]: phoneWith({ add: 'enabled: yes\ndelivery: often\npipeline:\n  languages: [english, 7, de]\n' }),
      },
    },
    text: `
error[PB-C005] enabled: expected true or false
  --> config/channels/a.yaml:8:10
    |
  8 | enabled: yes
    |          ^^^

error[PB-C005] delivery: expected keys with values below it
  --> config/channels/a.yaml:9:11
    |
  9 | delivery: ********
    |           ^^^^^^^^

error[PB-C005] pipeline.languages[0]: expected a language code such as en, es or pt
  --> config/channels/a.yaml:11:15
     |
  11 |   languages: [english, 7, de]
     |               ^^^^^^^

error[PB-C005] pipeline.languages[1]: expected a language code such as en, es or pt
  --> config/channels/a.yaml:11:24
     |
  11 |   languages: [english, 7, de]
     |                        ^
`,
  },
  {
    code: 'PB-C005',
    name: 'a version of the future',
    world: { files: { [A]: phoneWith({ replace: ['version: 1', 'version: 2'] }) } },
    text: `
error[PB-C005] version: expected 1
  --> config/channels/a.yaml:1:10
    |
  1 | version: 2
    |          ^
`,
  },
  {
    code: 'PB-C005',
    name: 'a list for a file',
    world: { files: { [A]: '- one\n- two\n' } },
    text: `
error[PB-C005] expected keys with values below it
  --> config/channels/a.yaml:1:3
    |
  1 | - ********
    |   ^^^^^^^^
`,
  },
  {
    code: 'PB-C005',
    name: 'a word for a file',
    world: { files: { [A]: 's3cr3t-canary\n' } },
    text: `
error[PB-C005] expected keys with values below it
  --> config/channels/a.yaml:1:1
    |
  1 | ********
    | ^^^^^^^^
`,
  },
  {
    code: 'PB-C005',
    name: 'a value from the environment',
    world: { files: {}, env: { TOKEN: 'x', APP_SECRET: 's3cr3t' } },
    text: `
error[PB-C005] credentials.app_secret: a signing secret has at least 16 characters
  --> config/channels/a.yaml:5:15
    |
  5 |   app_secret: \${env:APP_SECRET}
    |               ^^^^^^^^^^^^^^^^^
  = help: the value comes from APP_SECRET
`,
  },
  {
    code: 'PB-C005',
    name: 'an address for which quotes would not do',
    world: { files: { [HUB_FILE]: 'version: 1\nhttp: { listen: 8787 }\n' } },
    text: `
error[PB-C005] http.listen: expected host:port, such as 127.0.0.1:8787
  --> config/hub.yaml:2:17
    |
  2 | http: { listen: 8787 }
    |                 ^^^^
`,
  },
  {
    code: 'PB-C005',
    name: 'messages that would be forgotten while their ids are to be known',
    world: { files: { [HUB_FILE]: 'version: 1\nretention: { messages: 1d }\n' } },
    text: `
error[PB-C005] retention.dedupe: expected no more than "messages": a redelivery is known by the message that is kept
  --> config/hub.yaml:2:1
    |
  2 | retention: { messages: 1d }
    | ^^^^^^^^^
`,
  },
  {
    code: 'PB-C005',
    name: 'values that do not go together, from two files',
    world: {
      files: {
        [HUB_FILE]: 'version: 1\ndefaults:\n  delivery: { retry: { base: 10s } }\n',
        [A]: phoneWith({ add: 'delivery:\n  retry: { max: 5s }\n' }),
      },
    },
    text: `
error[PB-C005] delivery.retry.base: the first wait may not be longer than retry.max
  --> config/channels/a.yaml:9:3
    |
  9 |   retry: { max: 5s }
    |   ^^^^^
`,
  },
  {
    code: 'PB-C015',
    name: 'digits that are a name',
    world: { files: { [A]: phoneWith({ replace: ['"4711"', '106540352242922'] }) } },
    text: `
error[PB-C015] account.number_id: expected text, and this is read as a number
  --> config/channels/a.yaml:7:14
    |
  7 |   number_id: 106540352242922
    |              ^^^^^^^^^^^^^^^
  = help: quote it: "106540352242922"
`,
  },
  {
    code: 'PB-C015',
    name: 'a truth value',
    world: { files: { [A]: phoneWith({ add: 'description: true\n' }) } },
    text: `
error[PB-C015] description: expected text, and this is read as a truth value
  --> config/channels/a.yaml:8:14
    |
  8 | description: true
    |              ^^^^
  = help: quote it: "true"
`,
  },
];
