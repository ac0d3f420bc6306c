/** Messenger, by Meta's Messenger Platform. Its oddities are in README.md. */
import { defineChannel } from '../channel.ts';
import { sign, verifier } from '../meta/verify.ts';
import { capabilities } from './capabilities.ts';
import { MessengerConfig } from './config.ts';
import { mediaFetch } from './media.ts';
import { parse } from './parse.ts';
import { applyProfile } from './profile.ts';
import { renderer } from './render.ts';
import { sender } from './send.ts';
import type { Account } from './told.ts';
import type { MessengerWire } from './wire.ts';

export const messenger = defineChannel({
  type: 'messenger',
  config: MessengerConfig,
  // Meta documents no limit for pages; that of WhatsApp, whose webhooks are the same product.
  maxBodyBytes: 4 * 1024 * 1024,
  capabilities,
  sign,
  redirect: (config, url) => ({ ...config, api: { ...config.api, base_url: url } }),
  create: (identity, config, deps) => {
    const { profile } = config;
    const menu = profile?.menu.flatMap(({ items }) => items.flatMap(item => item.payload ?? [])) ?? [];
    const account: Account = {
      identity,
      pageId: config.account.page_id,
      appId: config.account.app_id,
      getStarted: profile?.get_started,
      menu: new Set(menu),
    };
    return {
      type: 'messenger',
      ...identity,
      account: config.account.page_id,
      verify: verifier(config.credentials),
      parse: request => parse(request, account),
      render: renderer(config.send, deps.media !== undefined),
      send: sender(config, deps),
      repeatable: ({ kind }: MessengerWire) => kind === 'signal',
      media: mediaFetch,
      async introduce(signal) {
        const applied = await applyProfile(config, deps.http, signal);
        return applied.ok ? null : applied.fault;
      },
    };
  },
});
