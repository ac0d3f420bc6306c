import assert from 'node:assert/strict';
import { web } from '../../../src/channels/web/index.ts';
import type { WebhookRequest } from '../../../src/channels/webhook.ts';
import { channel, config } from './support.ts';

const NOW = 1_700_000_000_000;
const BODY = Buffer.from('{"visitor":{"id":"v"},"messages":[]} é\n');

async function signed(body: Uint8Array = BODY, nowMs = NOW): Promise<WebhookRequest> {
  const headers = await web.sign(config(), body, nowMs);
  const lists = Object.entries(headers).map(([name, value]) => [name, [value]]);
  return { method: 'POST', query: {}, headers: Object.fromEntries(lists), body };
}

const withHeader = (request: WebhookRequest, name: string, ...values: string[]): WebhookRequest => ({
  ...request,
  headers: { ...request.headers, [name]: values },
});
const signature = (request: WebhookRequest): string => request.headers['x-patchbay-signature']?.[0] ?? '';

describe('web chat: verify', () => {
  const subject = channel(() => NOW);

  it('takes what the site signed, in either case of hex', async () => {
    const request = await signed();
    assert.deepEqual(await subject.verify(request), { ok: true, secret: 'current' });
    const upper = `v1=${signature(request).slice(3).toUpperCase()}`;
    assert.deepEqual(await subject.verify(withHeader(request, 'x-patchbay-signature', upper)), {
      ok: true,
      secret: 'current',
    });
  });

  const refusals: readonly {
    name: string;
    change: (request: WebhookRequest) => WebhookRequest;
    reason: string;
  }[] = [
    {
      name: 'no signature',
      change: request => withHeader(request, 'x-patchbay-signature'),
      reason: 'missing-signature',
    },
    {
      name: 'an empty one',
      change: request => withHeader(request, 'x-patchbay-signature', ''),
      reason: 'missing-signature',
    },
    {
      name: 'a doubled one',
      change: request => withHeader(request, 'x-patchbay-signature', signature(request), 'v1=00'),
      reason: 'doubled-signature',
    },
    {
      name: 'another version',
      change: request => withHeader(request, 'x-patchbay-signature', signature(request).replace('v1', 'v0')),
      reason: 'malformed-signature',
    },
    {
      name: 'one digit short',
      change: request => withHeader(request, 'x-patchbay-signature', signature(request).slice(0, -1)),
      reason: 'malformed-signature',
    },
    {
      name: 'full-width digits',
      change: request => withHeader(request, 'x-patchbay-signature', `v1=${'１'.repeat(64)}`),
      reason: 'malformed-signature',
    },
    {
      name: 'one byte more',
      change: request => ({ ...request, body: Buffer.concat([BODY, Buffer.from(' ')]) }),
      reason: 'wrong-signature',
    },
    {
      name: 'the time changed within its tolerance',
      change: request => withHeader(request, 'x-patchbay-timestamp', String(NOW / 1_000 + 1)),
      reason: 'wrong-signature',
    },
    {
      name: 'no time',
      change: request => withHeader(request, 'x-patchbay-timestamp'),
      reason: 'malformed-timestamp',
    },
    {
      name: 'the header of the door, which proves nothing',
      change: request => ({ ...withHeader(request, 'x-patchbay-signature'), ...doorHeader(request) }),
      reason: 'missing-signature',
    },
  ];
  for (const { name, change, reason } of refusals) {
    it(`refuses ${name}`, async () => {
      assert.deepEqual(await subject.verify(change(await signed())), { ok: false, status: 401, reason });
    });
  }

  for (const [seconds, reason] of [
    [-301, 'stale-timestamp'],
    [301, 'future-timestamp'],
  ] as const) {
    it(`refuses a time ${seconds} seconds away, though signed`, async () => {
      const request = await signed(BODY, NOW + seconds * 1_000);
      assert.deepEqual(await subject.verify(request), { ok: false, status: 401, reason });
    });
  }
});

const doorHeader = (request: WebhookRequest) => ({
  headers: {
    'x-patchbay-timestamp': request.headers['x-patchbay-timestamp'] ?? [],
    'x-patchbay-door': ['1'],
  },
});
