/** Slack's own client, turned to the sandbox. */
import { WebClient } from '@slack/web-api';
import { SILENT } from '../../src/channels/slack/client.ts';
import { type Stage, secret } from './support.ts';

export const clientOf = ({ url }: Stage, token = secret('bot_token')): WebClient =>
  new WebClient(token, {
    slackApiUrl: `${url}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: SILENT,
  });
