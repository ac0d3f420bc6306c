/** A Slack event of about 800 bytes, as a signed HTTP request ready for the wire. Every one is new. */
import { createHmac } from 'node:crypto';

export const SIGNING_SECRET = 'bench-signing-secret-0123456789ab';

/** Of the body as it is below. */
const PLAIN_BYTES = 780;

let last = 0;

/** `bytes`: the text is drawn out until the body has at least so many. */
export function slackRequest(path: string, bytes = 0): Buffer {
  const n = ++last;
  const more = 'x'.repeat(Math.max(0, bytes - PLAIN_BYTES));
  const seconds = Math.floor(Date.now() / 1000);
  const ts = `${seconds}.${String(n).padStart(6, '0')}`;
  const body = JSON.stringify({
    token: 'deprecated-verification-token',
    team_id: 'T0BENCH001',
    context_team_id: 'T0BENCH001',
    api_app_id: 'A0BENCH001',
    event: {
      client_msg_id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      type: 'message',
      channel: `C${String(n % 1000).padStart(9, '0')}`,
      channel_type: 'channel',
      user: `U${String(n % 5000).padStart(9, '0')}`,
      text:
        'Hello, my order 4711 has not arrived yet, could you please help me find it? It was due on Monday.' +
        more,
      ts,
      event_ts: ts,
      team: 'T0BENCH001',
      blocks: [
        {
          type: 'rich_text',
          block_id: 'b1',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'Hello' }] }],
        },
      ],
    },
    type: 'event_callback',
    event_id: `Ev${String(n).padStart(10, '0')}`,
    event_time: seconds,
    authorizations: [{ enterprise_id: null, team_id: 'T0BENCH001', user_id: 'U0BENCHBOT', is_bot: true }],
    is_ext_shared_channel: false,
  });
  const signature = createHmac('sha256', SIGNING_SECRET).update(`v0:${seconds}:${body}`).digest('hex');
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nUser-Agent: Slackbot 1.0\r\n` +
      `X-Slack-Request-Timestamp: ${seconds}\r\nX-Slack-Signature: v0=${signature}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
