/** The peer: @slack/bolt's own receiver with an App that does nothing and stores nothing. */
import type { AddressInfo } from 'node:net';
import bolt from '@slack/bolt';
import { serve } from '../support/server-process.ts';
import { SIGNING_SECRET } from '../support/slack-event.ts';

const receiver = new bolt.HTTPReceiver({
  signingSecret: SIGNING_SECRET,
  endpoints: '/webhooks/bench',
  logLevel: bolt.LogLevel.ERROR,
});
const app = new bolt.App({
  receiver,
  logLevel: bolt.LogLevel.ERROR,
  authorize: async () => ({ botToken: 'xoxb-bench', botId: 'B0BENCH', botUserId: 'U0BENCHBOT' }),
});
app.event('message', async () => {});
const server = await app.start({ port: 0, host: '127.0.0.1' });
serve(((server as import('node:http').Server).address() as AddressInfo).port, async () => {});
