/** A channel for tests: its platform is a function, and it keeps what it was asked to send. */
import { type Channel, type Lookup, type SendContext, Unsayable } from '../../src/channels/channel.ts';
import { header } from '../../src/channels/signature.ts';
import type { WebhookRequest } from '../../src/channels/webhook.ts';
import { failed, type SendResult } from '../../src/message/fault.ts';
import type { JsonValue } from '../../src/message/json.ts';

export interface Sent {
  readonly wire: JsonValue;
  readonly context: SendContext;
}

export interface TestChannel {
  readonly channel: Channel;
  readonly sent: Sent[];
  /** What the platform does with the next sends; then it takes everything. */
  readonly answers: ((sent: Sent) => SendResult | Promise<SendResult>)[];
  lookup: ((marker: string) => Lookup) | null;
}

/** A text `a|b|c` is rendered as three wire messages; `unsayable` and `bug` are what they say. */
export function testChannel(id = 'test', tenant = 'default'): TestChannel {
  const made: TestChannel = { sent: [], answers: [], lookup: null, channel: null as unknown as Channel };
  let last = 0;
  const channel: Channel = {
    type: 'test',
    tenant,
    id,
    account: 'test account',
    verify(request: WebhookRequest) {
      const signature = header(request, 'x-test-signature');
      if (signature === undefined) return { ok: false, status: 401, reason: 'missing-signature' };
      if (signature === 'handshake') return { ok: true, answer: { status: 200, body: 'challenge' } };
      return signature === 'good' ? { ok: true } : { ok: false, status: 401, reason: 'wrong-signature' };
    },
    parse: () => [],
    render({ content }) {
      if (content.kind !== 'text') throw new Unsayable(`no ${content.kind} here`);
      if (content.text === 'bug') throw new TypeError('a bug');
      if (content.text === '')
        return { wires: [], losses: [{ what: 'text', why: 'there is nothing in it' }] };
      return { wires: content.text.split('|').map(text => ({ text })), losses: [] };
    },
    async send(wire, context) {
      const sent = { wire, context };
      made.sent.push(sent);
      const answer = made.answers.shift();
      return answer === undefined ? { ok: true, platformId: `p${++last}` } : answer(sent);
    },
    lookup: async (_, { marker }) => made.lookup?.(marker) ?? { found: null, detail: 'cannot be asked' },
  };
  return Object.assign(made, { channel });
}

export const refusing =
  (code: Parameters<typeof failed>[0], more?: Parameters<typeof failed>[2]) => (): SendResult =>
    failed(code, 'the platform said no', more);
