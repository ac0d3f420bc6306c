/** `config/channels/<id>.yaml`: the part every channel has, and the adapter's own. */
import { z } from 'zod';
import type { ChannelDefinition } from '../channels/channel.ts';
import { Delivery, Pipeline, TenantId } from './common-schema.ts';
import { overridesOf } from './schema.ts';

/** All that configuration needs of an adapter. */
export type AdapterConfig = Pick<ChannelDefinition, 'type' | 'config'>;

const common = {
  version: z.literal(1).describe('The form of this file.'),
  id: z.string().optional().describe('The name of the file without its ending; may be left out.'),
  type: z.string().describe('The platform.'),
  description: z.string().max(500).default('').describe('What the channel is for, for people.'),
  tenant: TenantId.optional().describe(
    'The organisation the channel belongs to; that of hub.yaml unless given.',
  ),
  enabled: z
    .boolean()
    .default(true)
    .describe('A channel that is not enabled is checked, but serves nothing; its credentials may be unset.'),
  pipeline: overridesOf(Pipeline),
  delivery: overridesOf(Delivery),
};

export const CommonChannelFile = z.strictObject(common);
export type CommonChannelFile = z.output<typeof CommonChannelFile>;

export const isCommonKey = (key: string): boolean => Object.hasOwn(common, key);

/** The whole file, for walking and for the reference. Values are read in two halves: an adapter's checks see only its own. */
export function channelFileOf(definition: AdapterConfig): z.ZodObject {
  const own = definition.config.shape;
  const twice = Object.keys(own).filter(isCommonKey);
  if (twice.length > 0) throw new Error(`adapter ${definition.type} redefines ${twice.join(', ')}`);
  const { version, id, type, description, tenant, enabled, pipeline, delivery } = common;
  return z.strictObject({
    version,
    id,
    type: z.literal(definition.type).describe(type.description ?? ''),
    description,
    tenant,
    enabled,
    ...own,
    pipeline,
    delivery,
  });
}
