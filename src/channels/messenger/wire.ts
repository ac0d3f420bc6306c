/** A call of the messages edge, ready to be made but for the marker. */
import type { JsonObject } from '../../message/json.ts';
import { isPerson, recipient, takesMessagingType } from './addresses.ts';
import type { MessengerConfig } from './config.ts';
import { midOf } from './ids.ts';

/** A type and not an interface, so that it is JSON to the compiler. */
export type MessengerWire = {
  /** `message` is answered with an id, an echo and receipts; a `signal` (typing, read mark, reaction) with neither. */
  readonly kind: 'message' | 'signal';
  readonly body: JsonObject;
  /** Files the hub keeps, to be uploaded first; the body has their ids where Meta's will be. */
  readonly uploads?: readonly string[];
};

export type SendOptions = MessengerConfig['send'];

/** https://developers.facebook.com/docs/messenger-platform/policy/policy-overview#standard_messaging */
const MESSAGING: Readonly<Record<SendOptions['messaging'], JsonObject>> = {
  response: { messaging_type: 'RESPONSE' },
  update: { messaging_type: 'UPDATE' },
  'human-agent': { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' },
};

const NOTIFICATION: Readonly<Record<SendOptions['notification'], JsonObject>> = {
  regular: {},
  silent: { notification_type: 'SILENT_PUSH' },
  none: { notification_type: 'NO_PUSH' },
};

export interface Outgoing {
  readonly conversation: string;
  readonly replyTo: string | undefined;
  readonly options: SendOptions;
}

/** A message; `more` overrules what the channel file says of all of them. */
export const messageWire = (
  { conversation, replyTo, options }: Outgoing,
  message: JsonObject,
  more: JsonObject = {},
): MessengerWire => ({
  kind: 'message',
  body: {
    recipient: recipient(conversation),
    ...(takesMessagingType(conversation) && more.messaging_type === undefined
      ? MESSAGING[options.messaging]
      : {}),
    ...NOTIFICATION[options.notification],
    ...(replyTo === undefined || !isPerson(conversation) ? {} : { reply_to: { mid: midOf(replyTo) } }),
    message,
    ...more,
  },
});

/** https://developers.facebook.com/docs/messenger-platform/send-messages/sender-actions */
export const signalWire = (conversation: string, action: string, more: JsonObject = {}): MessengerWire => ({
  kind: 'signal',
  body: { recipient: recipient(conversation), sender_action: action, ...more },
});
