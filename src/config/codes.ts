// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** Every problem a configuration can have: what it is called and what to do. `patchbay explain` and the reference read it. */

interface CodeRow {
  readonly title: string;
  /** Why it is a problem, in a sentence or two. */
  readonly meaning: string;
  readonly fix: string;
}

export const CODES = {
  'PB-C001': {
    title: 'not valid YAML',
    meaning: 'The file cannot be read as YAML, so nothing else in it could be checked.',
    fix: 'Mend the first error of the file: one wrong indent or one missing quote often causes several. Indent with spaces, never tabs. Inside { } and [ ] quote references: "${env:NAME}".',
  },
  'PB-C002': {
    title: 'unknown channel type',
    meaning: 'The type names the platform. Without it the rest of the file could only be checked in part.',
    fix: 'Use one of the types the message lists.',
  },
  'PB-C003': {
    title: 'unknown key',
    meaning: 'A key that nothing reads is most often a typing error, so it is refused and never ignored.',
    fix: 'Rename the key as proposed, or remove it. Every key is in config.md of the reference.',
  },
  'PB-C004': {
    title: 'missing required key',
    meaning: 'The hub cannot do without this value and has no sensible default for it.',
    fix: 'Add the key with a value.',
  },
  'PB-C005': {
    title: 'wrong value',
    meaning: 'The value is not of the kind that the key takes.',
    fix: 'Write a value of the kind the message asks for. Durations look like 10s or 15m, sizes like 64kb or 20mb.',
  },
  'PB-C006': {
    title: 'id and file name differ',
    meaning:
      'The name of a channel file, without its ending, is the id of the channel: it is part of the webhook address.',
    fix: 'Remove the id, or make it the same as the file name.',
  },
  'PB-C007': {
    title: 'two files with the same id',
    meaning: 'Each channel has its own webhook address, so an id can stand for one channel only.',
    fix: 'Rename one of the two files.',
  },
  'PB-C008': {
    title: 'file name that cannot be an id',
    meaning: 'An id is written into addresses, metrics and file names of every system around the hub.',
    fix: 'Name the file with small letters, digits and hyphens, beginning with a letter or digit, at most 63 characters.',
  },
  'PB-C009': {
    title: 'two channels for one account',
    meaning:
      'Each message to the account would be stored, and answered, twice, and both channels would use up one rate limit.',
    fix: 'Remove one of the two files, or set "enabled: false" in it.',
  },
  'PB-C010': {
    title: 'reference that is not set',
    meaning:
      'The value is to come from the environment or from a file, and there is none. Credentials are left unset either all together (the channel then talks to the sandbox) or not at all.',
    fix: 'Set the environment variable, or create the file. Where the field is not a secret, a default may be given: ${env:NAME:-default}.',
  },
  'PB-C011': {
    title: 'secret written into the file',
    meaning:
      'Configuration files are copied, committed and shown; a secret in one of them is a secret no more.',
    fix: 'Give a reference, ${env:NAME} or ${file:/path}, and change the secret at the platform if the file was shared.',
  },
  'PB-C012': {
    title: 'reference that cannot be understood',
    meaning:
      'A reference is ${env:NAME} or ${file:/absolute/path}; a default is allowed only where no secret is meant.',
    fix: 'Write the reference in one of these forms. A dollar sign and a brace that are meant as such are written $${.',
  },
  'PB-C013': {
    title: 'file of a reference that cannot be used',
    meaning: 'The file exists, but it cannot be read, is empty, is too large or is not text.',
    fix: 'Look at the permissions and the content of the file. One line break at its end is left out.',
  },
  'PB-C014': {
    title: 'key given twice',
    meaning: 'Only one of the two values could be used, and which one would be a guess.',
    fix: 'Remove one of the two.',
  },
  'PB-C015': {
    title: 'text that YAML reads as something else',
    meaning:
      'Without quotes YAML reads 0123, 1.10 or true as a number or a truth value, and text is meant here: digits would be lost.',
    fix: 'Put the value in quotes.',
  },
  'PB-C016': {
    title: 'file that cannot be read',
    meaning: 'The file does not exist, is not a file, or may not be read by this user.',
    fix: 'Look at the path and at the permissions. The paths of channels and of the assistant begin at the folder of hub.yaml.',
  },
  'PB-C017': {
    title: 'file that is not UTF-8',
    meaning: 'Configuration is read as UTF-8; a wrong character would silently change a value.',
    fix: 'Save the file as UTF-8.',
  },
  'PB-C018': {
    title: 'file that is too large',
    meaning: 'A configuration file has at most 1 MB; what is larger is most likely another file.',
    fix: 'Look whether the path names the right file.',
  },
  'PB-C019': {
    title: 'empty file',
    meaning: 'The file has no keys at all; it may have been cut off while it was written.',
    fix: 'Write the configuration, or remove the file.',
  },
  'PB-C020': {
    title: 'file that expands beyond bounds',
    meaning: 'Aliases that repeat aliases can grow a small file without limit, and so can nesting.',
    fix: 'Use fewer aliases and less nesting: at most 10,000 values, 32 levels deep.',
  },
  'PB-C021': {
    title: 'no channel files',
    meaning: 'A hub without a channel has nothing to do, so the path is most likely wrong.',
    fix: 'Correct "channels" in hub.yaml (it begins at the folder of hub.yaml), or add a channel file.',
  },
  'PB-C022': {
    title: 'wrong environment variable',
    meaning: 'An environment variable that overrides the configuration has a value that cannot be used.',
    fix: 'Correct the variable, or unset it.',
  },
  'PB-C023': {
    title: 'data folder that cannot be used',
    meaning: 'The hub keeps its data, the key of its API and the seed of the sandbox secrets there.',
    fix: 'Let the user of the process write to the folder, or name another with PATCHBAY_DATA.',
  },
  'PB-C024': {
    title: 'adapter that cannot be loaded',
    meaning:
      'Channels of its type could not be checked, nor served. An adapter is a folder with an index.ts, or a file, that exports one channel definition; no two adapters have the same type.',
    fix: 'Look at the path, which begins at the folder of hub.yaml, and run "patchbay adapter test" on it.',
  },
} as const satisfies Record<string, CodeRow>;

export type ProblemCode = keyof typeof CODES;
