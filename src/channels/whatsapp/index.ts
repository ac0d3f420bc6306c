/** WhatsApp, by Meta's Cloud API. Its oddities are in README.md. */
import { defineChannel } from '../channel.ts';
import { sign, verifier } from '../meta/verify.ts';
import { capabilities } from './capabilities.ts';
import { WhatsAppConfig } from './config.ts';
import { mediaFetcher } from './media.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { sender } from './send.ts';

export const whatsapp = defineChannel({
  type: 'whatsapp',
  config: WhatsAppConfig,
  // Meta documents 3 MB.
  maxBodyBytes: 4 * 1024 * 1024,
  capabilities,
  sign,
  redirect: (config, url) => ({ ...config, api: { ...config.api, base_url: url } }),
  create: (identity, config, deps) => {
    const account = { identity, phoneNumberId: config.account.phone_number_id };
    return {
      type: 'whatsapp',
      ...identity,
      account: config.account.phone_number_id,
      verify: verifier(config.credentials),
      parse: request => parse(request, account),
      render: message => render(message, deps.media !== undefined),
      send: sender(config, deps),
      repeatable: ({ kind }) => kind === 'signal',
      media: mediaFetcher(config),
    };
  },
});
