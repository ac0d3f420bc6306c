/** The way in: hub.yaml and its channel files; every problem of them at once, or a configuration without any. */
import { dirname, resolve } from 'node:path';
import { AssistantRules } from '../processors/ai/rules.ts';
import { type AdapterConfig, CommonChannelFile } from './channel-schema.ts';
import { loadChannel } from './channels.ts';
import { checkFile, type FileContext } from './check-file.ts';
import type { HubConfig } from './config.ts';
import type { SandboxSecret } from './credentials.ts';
import { acrossChannels } from './cross-checks.ts';
import { readDocument } from './documents.ts';
import { diskFiles, type Files } from './files.ts';
import { type LoadedHub, loadHub } from './hub.ts';
import { HubFile } from './hub-schema.ts';
import { wordsOf } from './mask.ts';
import { ConfigError, orderProblems, type Problem } from './problem.ts';
import { lookUpIn } from './references.ts';
import { sandboxSecrets, unusableFolder } from './sandbox-secrets.ts';
import { settle } from './tree.ts';

export interface LoadOptions {
  /** hub.yaml; relative to the working directory. */
  readonly file: string;
  readonly definitions: readonly AdapterConfig[];
  /** The environment: what references name, and PORT and PATCHBAY_DATA. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Before what the environment and hub.yaml say. */
  readonly dataDir?: string;
  readonly cwd?: string;
  readonly files?: Files;
  /** Unless given, from a seed in the data folder, which is made when the first value is needed. */
  readonly sandboxSecret?: SandboxSecret;
}

/** The configuration, or null and what is wrong. */
export interface Checked {
  readonly config: HubConfig | null;
  /** Of all adapters: those given, and those that hub.yaml names. */
  readonly definitions: readonly AdapterConfig[];
  /** The absolute paths of those that hub.yaml names and that could be loaded. */
  readonly adapters: readonly string[];
  /** hub.yaml first, then the channel files by name; each from its top. */
  readonly problems: readonly Problem[];
}

/** Throws `ConfigError` with every problem. */
export function loadConfig(options: LoadOptions): HubConfig {
  const { config, problems } = checkConfig(options);
  if (config === null) throw new ConfigError(problems);
  return config;
}

/** Never throws but for a bug, whatever the files and the environment hold. */
export function checkConfig(options: LoadOptions): Checked {
  const { env, cwd = process.cwd(), files = diskFiles } = options;
  const lookUp = lookUpIn(env, files);
  const document = readDocument(resolve(cwd, options.file), files, cwd);
  const hub = loadHub(document, {
    lookUp,
    env,
    cwd,
    knownWords: knownTo(options.definitions),
    dataDir: options.dataDir,
    definitions: options.definitions,
  });
  const { definitions } = hub;
  const { adapters } = hub.config;
  if (document.unread) return { config: null, definitions, adapters, problems: hub.problems };
  const knownWords = knownTo(definitions);

  const patterns = [hub.settings.channels].flat();
  const paths = files.list(patterns, dirname(document.path));
  const secrets = noting(options.sandboxSecret ?? sandboxSecrets(hub.dataDir));
  const channels = paths.map(path =>
    loadChannel(path, {
      definitions,
      files,
      cwd,
      lookUp,
      knownWords,
      sandboxSecret: secrets.sandboxSecret,
      tenant: hub.settings.tenant,
      sandboxMode: hub.settings.sandbox.mode,
      defaults: hub.defaults,
    }),
  );
  const assistant = loadAssistant(hub, document.source.file, { files, cwd, lookUp });
  const problems = [
    ...hub.problems,
    ...(paths.length === 0 ? noChannels(hub, document.source.file, patterns) : []),
    ...channels.flatMap(({ document: { source }, drafts, hidden }) => settle(source, drafts, hidden)),
    ...acrossChannels(channels),
    ...assistant.problems,
    ...(secrets.failed() ? [unusableFolder(hub.dataDir)] : []),
  ];
  if (problems.length > 0) {
    const order = [document, ...channels.map(channel => channel.document)].map(one => one.source.file);
    return { config: null, definitions, adapters, problems: orderProblems(problems, order) };
  }
  const configs = channels.map(({ id, config }) => {
    if (config === undefined) throw new Error(`channel ${id} has neither a configuration nor a problem`);
    return config;
  });
  const config = { ...hub.config, assistant: assistant.config, channels: configs };
  return { config, definitions, adapters, problems };
}

const knownTo = (definitions: readonly AdapterConfig[]): ReadonlySet<string> =>
  wordsOf(
    [HubFile, CommonChannelFile, ...definitions.map(({ config }) => config)],
    definitions.map(({ type }) => type),
  );

function loadAssistant(hub: LoadedHub, namedIn: string, context: FileContext) {
  const { assistantFile } = hub;
  if (assistantFile === undefined) return { config: null, problems: [] };
  const { file, value, problems } = checkFile(assistantFile, AssistantRules, context);
  return {
    config: value === undefined ? null : { file: assistantFile, rules: value },
    problems: problems.map(problem =>
      problem.code === 'PB-C016' && problem.file === file
        ? { ...problem, help: `assistant.file in ${namedIn} names it` }
        : problem,
    ),
  };
}

/** Not where hub.yaml is wrong itself: its `channels` may be what is wrong. */
function noChannels(hub: LoadedHub, file: string, patterns: readonly string[]): readonly Problem[] {
  if (hub.problems.length > 0) return [];
  return [
    {
      code: 'PB-C021',
      message: `no channel file at ${patterns.join(', ')}`,
      file,
      help: 'the path begins at the folder of hub.yaml',
    },
  ];
}

/** A seed that cannot be kept is told of once, not at every credential. */
function noting(make: SandboxSecret) {
  let failed = false;
  const sandboxSecret = (channelId: string, path: string): string => {
    const value = make(channelId, path);
    failed ||= value === undefined;
    return value ?? '0'.repeat(64);
  };
  return { sandboxSecret, failed: () => failed };
}
