/** What WhatsApp and Messenger have in common at the sandbox: one Graph API, with one way to refuse. */
import assert from 'node:assert/strict';
import type { OutboundContent } from '../../src/message/content.ts';
import type { SendResult } from '../../src/message/fault.ts';
import type { JsonObject } from '../../src/message/json.ts';
import { ACCOUNT, call, IDENTITY, type Stage, secret, stage } from './support.ts';

export const TOKEN = { authorization: `Bearer ${secret('access_token')}` };
export const HOUR_MS = 3_600_000;

/** The first wire message of it, as the adapter sends it. */
export async function sendTo(at: Stage, conversation: string, content: OutboundContent): Promise<SendResult> {
  const { wires } = at.channel.render({
    id: 'out-1',
    address: { tenant: IDENTITY.tenant, channel: ACCOUNT, conversation },
    content,
  });
  const [wire] = wires;
  assert.ok(wire !== undefined);
  return at.channel.send(wire, {
    marker: 'delivery-1',
    attempt: 1,
    seq: 1,
    signal: AbortSignal.timeout(10_000),
  });
}

/** What `sendTo` sent is on record, with its marker; the id it was given. */
export function assertRecorded(
  at: Stage,
  sent: SendResult,
  told: { readonly type: string; readonly conversation: string; readonly text: string },
): string {
  assert.ok(sent.ok);
  const [received] = at.sandbox.received;
  const { type, account, method, platformId, marker, conversation, text, taken } = received ?? {};
  assert.deepEqual(
    { type, account, method, platformId, marker, conversation, text, taken },
    {
      ...told,
      account: ACCOUNT,
      method: 'messages',
      platformId: sent.platformId,
      marker: 'delivery-1',
      taken: true,
    },
  );
  return sent.platformId ?? '';
}

/** A test for each kind of content: the platform takes what the adapter makes of it. */
export function itTakes(
  type: string,
  conversation: string,
  contents: Readonly<Record<string, OutboundContent>>,
): void {
  for (const [name, content] of Object.entries(contents))
    it(`may be: ${name}, as the adapter says it`, async () => {
      await using at = await stage(type);
      const sent = await sendTo(at, conversation, content);
      assert.deepEqual(sent.ok, true, JSON.stringify(sent));
    });
}

/** A test for each body: refused with that code, not taken, and nothing is told of it later. */
export function itRefuses<Code extends string | number>(
  type: string,
  edge: (url: string) => string,
  refusals: readonly (readonly [name: string, body: JsonObject, code: Code])[],
  codeOf: (body: JsonObject) => Code,
): void {
  for (const [name, body, code] of refusals)
    it(`${name}: ${code}`, async () => {
      await using at = await stage(type);
      const answer = await call(edge(at.url), body, TOKEN);
      assert.equal(codeOf(answer.body), code, JSON.stringify(answer.body));
      assert.ok(answer.status >= 400);
      assert.equal(at.sandbox.received[0]?.taken, false);
      assert.equal(at.sandbox.webhooks.length, 0);
    });
}
