/** One call to a Graph API that answers as a test wants it to: what WhatsApp and Messenger send, and what they get. */
import assert from 'node:assert/strict';
import type { SendContext } from '../../../src/channels/channel.ts';
import { httpClient } from '../../../src/channels/http.ts';
import { openChannel, readConfig } from '../../../src/kit/bench.ts';
import { type Behaviour, platform } from '../../../src/kit/server.ts';
import type { Call, Subject } from '../../../src/kit/subject.ts';
import type { Fault, SendResult } from '../../../src/message/fault.ts';
import type { JsonObject, JsonValue } from '../../../src/message/json.ts';

export interface Sending<Wire> {
  readonly wire?: Wire;
  readonly attempt?: number;
  readonly spared?: number;
  /** The path of the address the channel is redirected to. */
  readonly below?: string;
  readonly config?: JsonObject;
}

export interface Sender<Wire> {
  send(
    behaviour: Behaviour,
    options?: Sending<Wire>,
  ): Promise<{ readonly result: SendResult; readonly call: Call | undefined }>;
  /** What became of it was this. */
  fault(behaviour: Behaviour, attempt?: number, spared?: number): Promise<Fault>;
}

/** Sends `hello` where nothing else is asked for. */
export function graphSender<Wire extends JsonValue>(subject: Subject, hello: Wire): Sender<Wire> {
  const send: Sender<Wire>['send'] = async (behaviour, options = {}) => {
    await using server = await platform(behaviour);
    await using http = httpClient();
    const given = readConfig(subject, options.config);
    const config = subject.definition.redirect(given, `${server.url}${options.below ?? ''}`);
    const channel = openChannel(subject, { config, http });
    const context: SendContext = {
      marker: '01JCDELIVERY',
      attempt: options.attempt ?? 1,
      ...(options.spared === undefined ? {} : { spared: options.spared }),
      seq: 1,
      signal: AbortSignal.timeout(10_000),
    };
    const result = await channel.send(options.wire ?? hello, context);
    return { result, call: server.calls[0] };
  };
  return {
    send,
    async fault(behaviour, attempt = 1, spared = 0) {
      const { result } = await send(behaviour, { attempt, spared });
      assert.ok(!result.ok);
      return result.fault;
    },
  };
}

/** A refusal of the Graph API. */
export const graphError = (
  error: JsonObject,
  status = 400,
  headers: Record<string, string> = {},
): Behaviour => ({ status, headers, body: { error } });
