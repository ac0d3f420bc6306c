/** Sample Platform, as a channel of the hub. */
import { defineChannel } from 'patchbay/adapter';
import { capabilities } from './capabilities.ts';
import { SamplePlatformConfig } from './config.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { sender } from './send.ts';
import { sign, verifier } from './verify.ts';

export const samplePlatform = defineChannel({
  type: 'sample-platform',
  config: SamplePlatformConfig,
  maxBodyBytes: 1024 * 1024,
  capabilities,
  sign,
  redirect: (config, url) => ({ ...config, api: { ...config.api, base_url: url } }),
  create: (identity, config, deps) => ({
    type: 'sample-platform',
    ...identity,
    account: config.account.id,
    verify: verifier(config),
    parse: request => parse(request, { identity, id: config.account.id }),
    render,
    send: sender(config, deps),
  }),
});
