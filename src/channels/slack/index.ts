/** Slack: one app in one workspace, over the Events API and the Web API. Quirks: README.md. */
import { defineChannel } from '../channel.ts';
import { capabilities } from './capabilities.ts';
import { slackClient } from './client.ts';
import { SlackConfig } from './config.ts';
import { repeatable, searcher } from './lookup.ts';
import { mediaFetcher } from './media.ts';
import { parser } from './parse.ts';
import { renderer } from './render.ts';
import { reply } from './reply.ts';
import { sender } from './send.ts';
import { uploader } from './upload.ts';
import { signatureHeaders, verifier } from './verify.ts';

export const slack = defineChannel({
  type: 'slack',
  config: SlackConfig,
  maxBodyBytes: 1_000_000,
  capabilities,
  sign: (config, body, nowMs) => signatureHeaders(config.credentials.signing_secret, body, nowMs),
  redirect: (config, url) => ({ ...config, api: { base_url: `${url.replace(/\/+$/, '')}/api` } }),
  create(identity, config, { http, now, media }) {
    const call = slackClient(config, http);
    return {
      type: 'slack',
      tenant: identity.tenant,
      id: identity.id,
      account: `${config.account.app_id} in ${config.account.team_id}`,
      verify: verifier(config.credentials, now),
      reply,
      parse: parser(identity, config.account),
      render: renderer(config.send, media !== undefined),
      send: sender(call, now, uploader(config, { call, http, now, media })),
      repeatable,
      lookup: searcher(call, now),
      media: mediaFetcher(config),
    };
  },
});
