/** The register: the channel factory's one line for each platform. */
import type { JsonObject } from '../message/json.ts';
import type { Channel, ChannelDefinition, ChannelDependencies, ChannelIdentity } from './channel.ts';
import { messenger } from './messenger/index.ts';
import { slack } from './slack/index.ts';
import { teams } from './teams/index.ts';
import { web } from './web/index.ts';
import { whatsapp } from './whatsapp/index.ts';

export const definitions: readonly ChannelDefinition[] = [whatsapp, messenger, slack, teams, web];

/** By type; undefined for a platform nobody has an adapter for. */
export function definitionOf(type: string, among = definitions): ChannelDefinition | undefined {
  return among.find(definition => definition.type === type);
}

/** A channel of a file: its identity, and the adapter's part as the adapter's schema put it out. */
export interface ChannelFile extends ChannelIdentity {
  readonly type: string;
  readonly adapter: JsonObject;
}

export interface MountedChannel {
  readonly definition: ChannelDefinition;
  readonly channel: Channel;
}

/** Throws on a type without an adapter: configuration was checked before. */
export function createChannel(
  file: ChannelFile,
  deps: ChannelDependencies,
  among = definitions,
): MountedChannel {
  const definition = definitionOf(file.type, among);
  if (definition === undefined) throw new Error(`no adapter for ${file.type}`);
  const { tenant, id } = file;
  return { definition, channel: definition.create({ tenant, id }, file.adapter, deps) };
}
