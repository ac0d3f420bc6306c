/** Slash commands and the legacy outgoing webhooks: flat forms. */
import type { InboundEvent } from '../../message/event.ts';
import type { Sender } from '../../message/message.ts';
import { Unreadable } from '../channel.ts';
import { compact } from '../json.ts';
import { digest, isTs, messageId, msOf, threadOf } from './ids.ts';
import { isOwn } from './own.ts';
import { ignored, personOrPlatform, type Receiver, tell } from './telling.ts';
import { readSlackText } from './text.ts';

type Form = ReadonlyMap<string, string>;

/**
 * A command has neither id nor time of its own: the trigger id makes the one (hashed, as it is a key to the
 * person's screen while it lives), the signature's timestamp is the other.
 * https://docs.slack.dev/interactivity/implementing-slash-commands
 */
export function parseCommand(form: Form, receiver: Receiver): readonly InboundEvent[] {
  const [conversation, command] = [form.get('channel_id'), form.get('command')];
  if (!conversation || !command) throw new Unreadable('a command without its channel or name');
  const { text, mentions } = readSlackText(form.get('text') ?? '');
  return [
    tell(receiver, {
      id: `command/${digest(form.get('trigger_id') ?? [...form].join('&'))}`,
      conversation,
      sender: sender(form),
      time: receiver.signedAt,
      content: { kind: 'choice', from: 'command', id: command, label: text },
      mentions,
      context: compact({ channel_name: form.get('channel_name') }),
    }),
  ];
}

/** https://docs.slack.dev/legacy/legacy-custom-integrations/legacy-custom-integrations-outgoing-webhooks */
export function parseOutgoingWebhook(form: Form, receiver: Receiver): readonly InboundEvent[] {
  const [channel, ts] = [form.get('channel_id'), form.get('timestamp')];
  if (!channel || !isTs(ts)) throw new Unreadable('an outgoing webhook without its channel or time');
  if (isOwn({ user: form.get('user_id') ?? '' }, receiver)) return ignored('own message');
  const { text, mentions } = readSlackText(form.get('text') ?? '', receiver.self);
  return [
    tell(receiver, {
      id: messageId(channel, ts),
      conversation: channel,
      thread: threadOf(channel, ts, form.get('thread_ts')),
      sender: sender(form),
      time: msOf(ts) ?? receiver.signedAt,
      content: { kind: 'text', text },
      mentions,
      context: compact({ trigger_word: form.get('trigger_word') }),
    }),
  ];
}

const sender = (form: Form): Sender =>
  compact({
    ...personOrPlatform(form.get('user_id') || undefined),
    username: form.get('user_name') || undefined,
  });
