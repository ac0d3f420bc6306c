/** The channel a message is rendered for: a platform with a made-up account, or one of the configuration. */
import type { Channel, ChannelDefinition } from '../channels/channel.ts';
import { definitionOf, definitions } from '../channels/index.ts';
import { withAdapters } from '../config/adapters.ts';
import { renderProblems } from '../config/render.ts';
import { nearest } from '../config/suggest.ts';
import { checked } from './checked.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import { outsideAdapters } from './outside.ts';
import { configFor } from './parse.ts';

/** The name of a shipped type comes first: it needs no configuration. A number is the exit code after what is wrong was told. */
export function openForRendering(name: string, session: Session): Channel | ExitCode {
  const definition = definitionOf(name);
  return definition === undefined
    ? ofConfiguration(name, session)
    : ofType(definition, configFor(definition, undefined), session);
}

const noNetwork = { request: () => Promise.reject(new Error('rendering needs no network')) };

const open = (
  definition: ChannelDefinition,
  identity: { readonly tenant: string; readonly id: string },
  config: Record<string, unknown>,
): Channel => definition.create(identity, config, { http: noNetwork, now: Date.now });

function ofType(
  definition: ChannelDefinition,
  config: Record<string, unknown> | null,
  session: Session,
): Channel | ExitCode {
  const { type } = definition;
  if (config !== null) return open(definition, { tenant: 'default', id: type }, config);
  session.problem(`there is no sample account of ${type}; name a channel of the configuration`);
  return EXIT.problems;
}

/** A channel by its id, else an adapter of hub.yaml by its type; what is wrong elsewhere is in nobody's way then. */
function ofConfiguration(name: string, session: Session): Channel | ExitCode {
  const read = checked(session);
  const { config, problems } = read;
  const file = config?.channels.find(({ id }) => id === name);
  if (file !== undefined) {
    const definition = definitionOf(file.type, withAdapters(definitions, read.adapters));
    if (definition !== undefined) return open(definition, file, file.adapter);
  }
  const outside = outsideAdapters(session, read);
  const named = outside.find(({ definition }) => definition.type === name);
  if (named !== undefined) return ofType(named.definition, named.config, session);
  if (config === null) {
    session.io.tell(`${renderProblems(problems, session.settings)}\n`);
    return EXIT.config;
  }
  const types = [...definitions, ...outside.map(({ definition }) => definition)].map(({ type }) => type);
  const names = [...types, ...config.channels.map(({ id }) => id)];
  const near = nearest(name, names);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  session.problem(`there is no channel or type ${name}.${hint} Known: ${names.join(', ')}`);
  return EXIT.usage;
}
