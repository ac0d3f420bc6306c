/** Everything we can say is sayable, or the loss is named; rendering changes nothing and depends on nothing. */
import assert, { AssertionError } from 'node:assert/strict';
import type { Capabilities } from '../../channels/capabilities.ts';
import { type Channel, type Rendering, Unsayable } from '../../channels/channel.ts';
import type { OutboundContent, OutboundKind } from '../../message/content.ts';
import type { JsonValue } from '../../message/json.ts';
import type { OutboundMessage } from '../../message/message.ts';
import { frozen, openChannel, stringsIn } from '../bench.ts';
import { assertPlain } from '../events.ts';
import { type Rule, rulesOf } from '../rule.ts';
import { OUTBOUND_KINDS, outbound, samples } from '../samples.ts';
import type { Subject } from '../subject.ts';

/** The rendering, or `null` where the platform has no way to say it. */
export function rendered(channel: Channel, message: OutboundMessage): Rendering<JsonValue> | null {
  try {
    return channel.render(frozen(message));
  } catch (error) {
    if (error instanceof Unsayable) return null;
    throw new AssertionError({
      message: `render threw on ${message.content.kind}: ${error instanceof Error ? error.stack : error}`,
    });
  }
}

/** What may be refused as `Unsayable`: what the capabilities say is not there, and what is another platform's. */
function mayRefuse(content: OutboundContent, can: Capabilities): boolean {
  switch (content.kind) {
    case 'template':
    case 'reaction':
    case 'deletion':
    case 'edit':
      return can[content.kind] !== true;
    default:
      return false;
  }
}

/** Whether the platform, by its own capabilities, cannot show the content as it is. */
function mustLose(content: OutboundContent, can: Capabilities): boolean {
  switch (content.kind) {
    case 'media': {
      const support = can.media[content.media.type];
      const caption = content.caption?.length ?? 0;
      return support.as !== content.media.type || caption > support.caption;
    }
    case 'location':
      return !can.location;
    case 'contacts':
      return !can.contacts;
    case 'choices': {
      const most = Math.max(can.choices.buttons?.max ?? 0, can.choices.list?.max ?? 0);
      return content.choices.length > most;
    }
    case 'card':
      return can.card === null || content.choices.length > can.card.buttons;
    case 'typing':
    case 'read':
    case 'edit':
      return can[content.kind] !== true;
    default:
      return false;
  }
}

/** Words of our language that leak out of a missing value. */
const LEAKS = /\bundefined\b|\[object |\bNaN\b|\[native code\]/;

function checkKind(subject: Subject, kind: OutboundKind): void {
  const can = subject.definition.capabilities;
  for (const [index, content] of samples(subject)[kind].entries()) {
    for (const address of subject.addresses) {
      const name = `sample ${index} of ${kind} to ${address.conversation}`;
      for (const options of [{ address }, { address, replyTo: subject.messageId }]) {
        const message = outbound(subject, content, options);
        const first = rendered(openChannel(subject), message);
        assert.ok(
          first !== null || mayRefuse(content, can),
          `${name} was refused, and is claimed to be sayable`,
        );
        assert.deepStrictEqual(
          rendered(openChannel(subject, { nowMs: 1 }), message),
          first,
          `${name} is rendered differently the second time`,
        );
        if (first === null) continue;
        assertPlain(first.wires, `the wires of ${name}`);
        const leak = stringsIn(first).find(string => LEAKS.test(string));
        assert.equal(leak, undefined, `${name} leaks a missing value`);
        assert.ok(
          first.wires.length > 0 || first.losses.length > 0,
          `${name} became nothing, and no loss says why`,
        );
      }
    }
  }
}

export const renderRules: readonly Rule[] = rulesOf('render', {
  ...Object.fromEntries(
    OUTBOUND_KINDS.map(kind => [kind, (subject: Subject) => checkKind(subject, kind)] as const),
  ),
  'text-within-limit': subject => {
    const { max } = subject.definition.capabilities.text;
    for (const content of Object.values(samples(subject)).flat()) {
      if (content.kind === 'native') continue;
      const result = rendered(openChannel(subject), outbound(subject, content));
      for (const wire of result?.wires ?? [])
        assert.ok(subject.read(wire).length <= max, `a part of ${content.kind} is longer than ${max}`);
    }
  },
  'losses-named': subject => {
    for (const content of Object.values(samples(subject)).flat()) {
      const result = rendered(openChannel(subject), outbound(subject, content));
      if (result === null) continue;
      for (const loss of result.losses)
        assert.ok(loss.what !== '' && loss.why !== '', `a loss of ${content.kind} has no name or reason`);
      if (mustLose(content, subject.definition.capabilities))
        assert.ok(
          result.losses.length > 0,
          `${content.kind} was degraded without a loss: ${JSON.stringify(content).slice(0, 200)}`,
        );
    }
  },
  'text-without-loss': subject => {
    const result = rendered(openChannel(subject), outbound(subject, { kind: 'text', text: 'All is well.' }));
    assert.deepEqual(result?.losses, [], 'a plain text has losses');
    assert.equal(result?.wires.length, 1, 'a short text is one wire message');
  },
  'native-of-another-platform-refused': subject => {
    const content = { kind: 'native', platform: 'another-platform', body: { text: 'hi' } } as const;
    const result = rendered(openChannel(subject), outbound(subject, content));
    assert.equal(result, null, 'a native message of another platform must be Unsayable');
  },
  'addresses-differ': subject => {
    const content = { kind: 'text', text: 'hello' } as const;
    const wires = subject.addresses.map(address =>
      JSON.stringify(rendered(openChannel(subject), outbound(subject, content, { address }))?.wires),
    );
    assert.ok(wires.length > 0, 'the subject names no address');
    assert.equal(new Set(wires).size, wires.length, 'two addresses give the same wire message');
  },
});
