/** Microsoft Teams: one bot, over the Bot Connector. Quirks: README.md. */
import { defineChannel } from '../channel.ts';
import { capabilities } from './capabilities.ts';
import { TeamsConfig } from './config.ts';
import { keptFiles } from './kept.ts';
import { keyRing } from './keys.ts';
import { mediaFetcher } from './media.ts';
import { parser } from './parse.ts';
import { renderer, repeatable } from './render.ts';
import { reply } from './reply.ts';
import { sender } from './send.ts';
import { tokenHeaders } from './sign.ts';
import { tokenKeeper } from './tokens.ts';
import { verifier } from './verify.ts';

export const teams = defineChannel({
  type: 'teams',
  config: TeamsConfig,
  maxBodyBytes: 1_000_000,
  capabilities,
  sign: tokenHeaders,
  redirect(config, url) {
    const base = url.replace(/\/+$/, '');
    return {
      ...config,
      api: {
        ...config.api,
        login_url: `${base}/login`,
        openid_metadata: `${base}/v1/.well-known/openidconfiguration`,
        connector_url: `${base}/connector/`,
      },
    };
  },
  create(identity, config, { http, now, media }) {
    const { account, api } = config;
    const tokens = tokenKeeper(config, http, now);
    const kept = keptFiles(media);
    return {
      type: 'teams',
      tenant: identity.tenant,
      id: identity.id,
      account: account.tenant_id === undefined ? account.app_id : `${account.app_id} in ${account.tenant_id}`,
      verify: verifier(config, keyRing({ metadataUrl: api.openid_metadata, http, now }), now),
      reply,
      parse: parser(identity, account),
      render: renderer(account.app_id, kept.reachable),
      send: sender(config, { http, now, kept }, tokens),
      repeatable,
      media: mediaFetcher(config, tokens),
    };
  },
});
