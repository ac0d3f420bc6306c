// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** Channel files beside each other. */
import { A, B, HUB_FILE, PHONE, phoneWith } from '../setup.ts';
import type { Frame } from './frame.ts';

export const frames: readonly Frame[] = [
  {
    code: 'PB-C006',
    name: 'an id',
    world: { files: { [A]: phoneWith({ add: 'id: b\n' }) } },
    text: `
error[PB-C006] the id is not the name of the file
  --> config/channels/a.yaml:8:5
    |
  8 | id: b
    |     ^
  = help: the file name makes it "a": remove the id, or rename the file
`,
  },
  {
    code: 'PB-C007',
    name: 'a file of the same name in another folder',
    world: {
      files: {
        [HUB_FILE]: 'version: 1\nchannels: [./channels/*.yaml, ./more/*.yaml]\n',
        'config/more/a.yaml': phoneWith({ replace: ['4711', '4712'] }),
      },
    },
    text: `
error[PB-C007] the id "a" stands for two channels
  --> config/more/a.yaml
  = help: rename this file, or config/channels/a.yaml
`,
  },
  {
    code: 'PB-C008',
    name: 'a name with a space',
    world: { files: { 'config/channels/My Phone.yaml': phoneWith({ replace: ['4711', '4712'] }) } },
    text: `
error[PB-C008] the name of the file cannot be the id of a channel
  --> config/channels/My Phone.yaml
  = help: small letters, digits and hyphens, as in support-whatsapp.yaml
`,
  },
  {
    code: 'PB-C009',
    name: 'the same account in two files',
    world: { files: { [B]: PHONE } },
    text: `
error[PB-C009] two channels for one phone account
  --> config/channels/b.yaml:7:14
    |
  7 |   number_id: "4711"
    |              ^^^^^^
  ::: config/channels/a.yaml:7:14
    |
  7 |   number_id: "4711"
    |              ------ also here
  = help: each message would be answered twice: remove one of the files, or set "enabled: false" in it
`,
  },
  {
    code: 'PB-C021',
    name: 'a path that leads nowhere',
    world: { files: { [HUB_FILE]: 'version: 1\nchannels: ./canals/*.yaml\n' } },
    text: `
error[PB-C021] no channel file at ./canals/*.yaml
  --> config/hub.yaml
  = help: the path begins at the folder of hub.yaml
`,
  },
  {
    code: 'PB-C024',
    name: 'an adapter that is not there',
    world: { files: { [HUB_FILE]: 'version: 1\nadapters: [./adapter-pigeon]\n' } },
    text: `
error[PB-C024] adapters[0]: it does not exist
  --> config/hub.yaml:2:12
    |
  2 | adapters: [./adapter-pigeon]
    |            ^^^^^^^^^^^^^^^^
`,
  },
];
