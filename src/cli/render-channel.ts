/** The channel a message is rendered for: a platform with a made-up account, or one of the configuration. */
import type { Channel, ChannelDefinition } from '../channels/channel.ts';
import { definitionOf, definitions } from '../channels/index.ts';
import { withAdapters } from '../config/adapters.ts';
import type { HubConfig } from '../config/config.ts';
import { checkConfig } from '../config/load.ts';
import { renderProblems } from '../config/render.ts';
import { nearest } from '../config/suggest.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import { configFor } from './parse.ts';

/** The name of a type comes first: it needs no configuration. A number is the exit code after what is wrong was told. */
export function openForRendering(name: string, session: Session): Channel | ExitCode {
  const definition = definitionOf(name);
  if (definition === undefined) return ofConfiguration(name, session);
  const config = configFor(definition, undefined);
  if (config !== null) return open(definition, { tenant: 'default', id: name }, config);
  session.problem(`there is no sample account of ${name}; name a channel of the configuration`);
  return EXIT.problems;
}

const noNetwork = { request: () => Promise.reject(new Error('rendering needs no network')) };

const open = (
  definition: ChannelDefinition,
  identity: { readonly tenant: string; readonly id: string },
  config: Record<string, unknown>,
): Channel => definition.create(identity, config, { http: noNetwork, now: Date.now });

function ofConfiguration(id: string, session: Session): Channel | ExitCode {
  const config = read(session);
  if (config === null) return EXIT.config;
  const file = config.channels.find(channel => channel.id === id);
  const definition =
    file === undefined ? undefined : definitionOf(file.type, withAdapters(definitions, config.adapters));
  if (file !== undefined && definition !== undefined) return open(definition, file, file.adapter);
  const names = [...definitions.map(({ type }) => type), ...config.channels.map(channel => channel.id)];
  const near = nearest(id, names);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  session.problem(`there is no channel or type ${id}.${hint} Known: ${names.join(', ')}`);
  return EXIT.usage;
}

function read({ io, settings }: Session): HubConfig | null {
  const { config, problems } = checkConfig({
    file: settings.config,
    definitions,
    env: io.environment.variables,
    cwd: io.cwd,
    // Nothing is sent: none has to be right, and none is to be kept.
    sandboxSecret: () => '0'.repeat(64),
  });
  if (config === null) io.tell(`${renderProblems(problems, settings)}\n`);
  return config;
}
