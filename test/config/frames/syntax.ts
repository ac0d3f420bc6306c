// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** What is wrong with a file as a whole text. */
import { A, phoneWith } from '../setup.ts';
import type { Frame } from './frame.ts';

export const frames: readonly Frame[] = [
  {
    code: 'PB-C001',
    name: 'a tab as indent',
    world: { files: { [A]: phoneWith({ add: 'delivery:\n\ttimeout: 5s\n' }) } },
    text: `
error[PB-C001] a tab is used to indent
  --> config/channels/a.yaml:9:1
    |
  9 | →timeout: 5s
    | ^
  = help: YAML takes only spaces: replace each tab
`,
  },
  {
    code: 'PB-C001',
    name: 'a quote that is never closed',
    world: { files: { [A]: phoneWith({ replace: ['"4711"', '"4711'] }) } },
    text: `
error[PB-C001] what is opened here is never closed
  --> config/channels/a.yaml:7:14
    |
  7 |   number_id: "4711
    |              ^
`,
  },
  {
    code: 'PB-C001',
    name: 'a bare reference in braces, and its secret neighbour',
    world: {
      files: {
        [A]: phoneWith({
          replace: [
            'credentials:\n  access_token: ${env:TOKEN}\n  app_secret: ${env:APP_SECRET}',
            'credentials: { app_secret: s3cr3t-canary, access_token: ${env:TOKEN} }',
          ],
        }),
      },
    },
    text: `
error[PB-C001] this cannot be understood here
  --> config/channels/a.yaml:3:58
    |
  3 | credentials: { app_secret: ********, access_token: \${env:TOKEN} }
    |                                                     ^
  = help: inside { } and [ ] put references in quotes
`,
  },
  {
    code: 'PB-C001',
    name: 'a wrong indent',
    world: { files: { [A]: phoneWith({ replace: ['  number_id', '   business_id: "1"\n  number_id'] }) } },
    text: `
error[PB-C001] wrong indentation
  --> config/channels/a.yaml:8:1
    |
  8 |   number_id: "4711"
    | ^
  = help: check the indentation: spaces only, and the same depth for keys that belong together
`,
  },
  {
    code: 'PB-C001',
    name: 'several errors in a line, of which the first is told',
    world: { files: { [A]: phoneWith({ add: 'description: id: type: phone\n' }) } },
    text: `
error[PB-C001] a mapping begins where there can be none
  --> config/channels/a.yaml:8:14
    |
  8 | description: id: type: phone
    |              ^
  = help: check the indentation: spaces only, and the same depth for keys that belong together
`,
  },
  {
    code: 'PB-C001',
    name: 'a colon without a space',
    world: { files: { [A]: phoneWith({ replace: ['type: phone', 'type:phone'] }) } },
    text: `
error[PB-C001] a key without a colon, or a wrong indentation
  --> config/channels/a.yaml:2:1
    |
  2 | type:phone
    | ^
  = help: check the indentation: spaces only, and the same depth for keys that belong together
`,
  },
  {
    code: 'PB-C001',
    name: 'an alias to nothing',
    world: { files: { [A]: phoneWith({ add: 'description: *nobody\n' }) } },
    text: `
error[PB-C001] an alias to an anchor that is not there
  --> config/channels/a.yaml:8:14
    |
  8 | description: *nobody
    |              ^^^^^^^
  = help: a value that begins with * needs quotes
`,
  },
  {
    code: 'PB-C001',
    name: 'an unknown tag',
    world: { files: { [A]: phoneWith({ add: 'description: !important x\n' }) } },
    text: `
error[PB-C001] an unknown tag
  --> config/channels/a.yaml:8:14
    |
  8 | description: ******** ********
    |              ^
  = help: a value that begins with ! needs quotes
`,
  },
  {
    code: 'PB-C001',
    name: 'a second document',
    world: { files: { [A]: phoneWith({ add: '---\nversion: 1\n' }) } },
    text: `
error[PB-C001] a second document in one file
  --> config/channels/a.yaml:8:1
    |
  8 | ---
    | ^
  = help: remove the line ---
`,
  },
  {
    code: 'PB-C001',
    name: 'a list as a key',
    world: { files: { [A]: phoneWith({ add: '? [a, b]\n: 1\n' }) } },
    text: `
error[PB-C001] a key is a word, not a list or a mapping
  --> config/channels/a.yaml:8:3
    |
  8 | ? [********, ********]
    |   ^^^^^^^^^^^^^^^^^^^^
`,
  },
  {
    code: 'PB-C014',
    name: 'a key at the top',
    world: { files: { [A]: phoneWith({ add: 'type: phone\n' }) } },
    text: `
error[PB-C014] this key was given before
  --> config/channels/a.yaml:8:1
    |
  8 | type: phone
    | ^^^^
`,
  },
  {
    code: 'PB-C014',
    name: 'a secret given twice',
    world: {
      files: {
        [A]: phoneWith({ replace: ['  app_secret:', '  access_token: s3cr3t-canary\n  app_secret:'] }),
      },
    },
    text: `
error[PB-C014] this key was given before
  --> config/channels/a.yaml:5:3
    |
  5 |   access_token: ********
    |   ^^^^^^^^^^^^

error[PB-C011] credentials.access_token: a secret may not stand in the file
  --> config/channels/a.yaml:5:17
    |
  5 |   access_token: ********
    |                 ^^^^^^^^
  = help: write \${env:NAME} or \${file:/path}
`,
  },
  {
    code: 'PB-C019',
    name: 'a file of comments only',
    world: { files: { [A]: '# nothing\n' } },
    text: `
error[PB-C019] the file is empty
  --> config/channels/a.yaml
`,
  },
  {
    code: 'PB-C020',
    name: 'aliases of aliases',
    world: {
      files: {
        [A]: `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d]\n`,
      },
    },
    text: `
error[PB-C020] more than 10000 values
  --> config/channels/a.yaml:4:29
    |
  4 | …**,********,********,********,********,********,********]
    |                                ^^^^^^^^
  = help: an alias may not repeat itself, nor repeat others without end
`,
  },
  {
    code: 'PB-C020',
    name: 'an alias inside itself',
    world: { files: { [A]: `a: &a [*a]\n` } },
    text: `
error[PB-C020] nested deeper than 32 levels
  --> config/channels/a.yaml:1:8
    |
  1 | ********: ******** [********]
    |                     ^^^^^^^^
  = help: an alias may not repeat itself, nor repeat others without end
`,
  },
];
