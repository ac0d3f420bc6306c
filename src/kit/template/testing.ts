/** Sample Platform for the conformance kit: how it signs, what it refuses, where messages go. */
import { asObject, asText, defineSubject, type JsonObject, type RecordedRequest } from 'patchbay/adapter';
import { samplePlatform } from './index.ts';
import { SIGNATURE_HEADER } from './verify.ts';

const config = {
  credentials: { token: 'kit-token-0123456789', signing_secret: 'kit-signing-secret-0123456789' },
  account: { id: 'our-bot' },
};

const webhook = (...events: readonly JsonObject[]): RecordedRequest => ({ body: { events: [...events] } });

const message = (id: string, more: JsonObject = {}): JsonObject => ({
  type: 'message',
  id,
  conversation: 'c-1',
  from: { id: 'ada', name: 'Ada' },
  time: 1_700_000_000_000,
  content: { type: 'text', text: `text of ${id}` },
  ...more,
});

export const subject = defineSubject({
  definition: samplePlatform,
  config,
  // The same account with every secret different.
  stranger: {
    ...config,
    credentials: { token: 'other-token-0123456789', signing_secret: 'other-signing-secret-0123456789' },
  },
  signature: { header: SIGNATURE_HEADER, decoys: { 'x-signature': `sha1=${'0'.repeat(40)}` } },
  handshakes: { none: 'Sample Platform asks for none' },
  recordings: new URL('./recordings/', import.meta.url),
  batch(count) {
    const ids = Array.from({ length: count }, (_each, index) => `m-${index}`);
    return { request: webhook(...ids.map(id => message(id))), ids };
  },
  own: [webhook(message('m-own', { from: { id: config.account.id } }))],
  unknown: [
    webhook(message('m-new', { content: { type: 'hologram', hologram: { id: '1' } } })),
    webhook({ type: 'telepathy', thoughts: [] }),
  ],
  addresses: [{ conversation: 'c-1' }, { conversation: 'c-2' }],
  messageId: 'm-1',
  native: { text: 'as it is', silent: true },
  read: wire => asText(asObject(wire)?.text) ?? '',
  injections: [{ text: '[your bank](javascript:alert(1))', live: 'javascript:' }],
  outbound: {
    accept: () => ({ status: 200, body: { id: 'm-sent-1' } }),
    platformId: 'm-sent-1',
    refusals: [
      {
        name: 'slow down',
        reply: { status: 429, headers: { 'retry-after': '3' }, body: { error: { code: 'slow_down' } } },
        fault: 'rate-limited',
        retryAfterMs: 3_000,
        platformCode: 'slow_down',
      },
      {
        name: 'a blocked recipient',
        reply: { status: 400, body: { error: { code: 'blocked', message: 'Ada has blocked you' } } },
        fault: 'unreachable',
        platformCode: 'blocked',
      },
      {
        name: 'a token that is wrong',
        reply: { status: 400, body: { error: { code: 'bad_token' } } },
        fault: 'unauthorized',
      },
    ],
    marker: call => asText((JSON.parse(call.body) as JsonObject).marker),
  },
});
