/** Slack's own client, turned to the sandbox. */
import { LogLevel, WebClient } from '@slack/web-api';
import { type Stage, secret } from './support.ts';

const silent = (): void => {};
/** The client logs every refusal, and refusals are what many tests are about. */
const SILENT = {
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  setLevel: silent,
  setName: silent,
  getLevel: () => LogLevel.ERROR,
};

export const clientOf = ({ url }: Stage, token = secret('bot_token')): WebClient =>
  new WebClient(token, {
    slackApiUrl: `${url}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: SILENT,
  });
