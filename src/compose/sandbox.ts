/** Platforms of our own for channels that have no credentials. */
import type { ChannelDefinition } from '../channels/channel.ts';
import { definitionOf } from '../channels/index.ts';
import type { ChannelConfig, HubConfig } from '../config/config.ts';
import { startSandbox } from '../sandbox/index.ts';

export interface OpenSandbox extends AsyncDisposable {
  readonly url: string | null;
  /** The adapter's part of the file, with its addresses turned to the sandbox where it stands in. */
  redirect(file: ChannelConfig): ChannelConfig['adapter'];
  /** Where the platform of ours is that stands in for the channel's; null where none does. */
  baseOf(file: ChannelConfig): string | null;
}

/** `hubUrl` is known only later, when the first webhook is sent. */
export async function openSandbox(
  config: HubConfig,
  hubUrl: () => string,
  known: readonly ChannelDefinition[],
): Promise<OpenSandbox> {
  const standIns = config.channels.filter(file => file.enabled && file.sandbox);
  const none: OpenSandbox = {
    url: null,
    redirect: file => file.adapter,
    baseOf: () => null,
    [Symbol.asyncDispose]: async () => {},
  };
  if (standIns.length === 0) return none;
  const accounts = standIns.flatMap(file => {
    const definition = definitionOf(file.type, known);
    if (definition === undefined) return [];
    return {
      type: file.type,
      id: file.id,
      config: file.adapter,
      definition,
      webhook: () => `${hubUrl()}/webhooks/${file.id}`,
    };
  });
  const sandbox = await startSandbox({
    listen: config.sandbox.listen ?? { host: '127.0.0.1', port: 0 },
    accounts,
  });
  return {
    url: sandbox.url,
    redirect(file) {
      const definition = definitionOf(file.type, known);
      if (!file.sandbox || definition === undefined) return file.adapter;
      return definition.redirect(
        file.adapter,
        sandbox.urlFor(file.type, file.id),
      ) as ChannelConfig['adapter'];
    },
    baseOf: file => (file.sandbox ? sandbox.urlFor(file.type, file.id) : null),
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}
