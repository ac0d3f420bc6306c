/**
 * `patchbay/adapter`: all that an adapter of your own needs, and the only thing it may count on. What is exported
 * here keeps its meaning from one version to the next; everything else may change.
 */

export { z } from 'zod';
export type { Capabilities, MediaSupport } from '../channels/capabilities.ts';
export {
  type Channel,
  type ChannelDefinition,
  type ChannelDependencies,
  type ChannelIdentity,
  defineChannel,
  type Lookup,
  type Loss,
  type Rendering,
  type SendContext,
  Unreadable,
  Unsayable,
} from '../channels/channel.ts';
export { baseUrl, duration, secret, signingSecret, size } from '../channels/fields.ts';
export {
  faultOfFailure,
  faultOfStatus,
  type HttpClient,
  type HttpOutcome,
  type HttpRequest,
  type HttpResponse,
  retryAfter,
} from '../channels/http.ts';
export {
  asId,
  asList,
  asNumber,
  asObject,
  asObjects,
  asText,
  compact,
  isObject,
  readJson,
  readText,
} from '../channels/json.ts';
export type { Dialect } from '../channels/markdown/write.ts';
export { escapeMarkdown, type Piece, type Style } from '../channels/piece.ts';
export { type Plan, plan } from '../channels/plan.ts';
export {
  checkTimestamp,
  header,
  hmac,
  hmacHex,
  refused,
  sameSecret,
  signedBy,
  signingKey,
} from '../channels/signature.ts';
export { niceCut, shorten } from '../channels/text.ts';
export type { Answer, RefusalReason, SigningSecret, Verdict, WebhookRequest } from '../channels/webhook.ts';
export type { Choice, Contact, InboundContent, Media, OutboundContent } from '../message/content.ts';
export type { InboundEvent, Receipt, ReceiptStatus } from '../message/event.ts';
export { FAULTS, type Fault, type FaultCode, failed, type SendResult } from '../message/fault.ts';
export { assertNever, type JsonObject, type JsonValue } from '../message/json.ts';
export type { Address, InboundMessage, OutboundMessage, Sender } from '../message/message.ts';
export {
  type Call,
  defineSubject,
  KIT_IDENTITY,
  KIT_NOW_MS,
  type RecordedRequest,
  type Recording,
  type Refusal,
  type Reply,
  type Subject,
} from './subject.ts';
