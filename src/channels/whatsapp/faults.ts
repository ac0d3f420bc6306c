/**
 * Every error the platform documents, as data. Meta promises the code and neither the HTTP status nor the title
 * (throttles came as 400 and as 429), so the code decides.
 * https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
 */
import {
  type ErrorRow,
  invalid,
  misconfigured,
  rateLimited,
  recipientLimited,
  unauthorized,
  unavailable,
  unreachable,
  windowClosed,
} from '../meta/error-row.ts';

const HOUR_MS = 3_600_000;

export const ERRORS: Readonly<Record<number, ErrorRow>> = {
  0: unauthorized('the access token is no longer accepted'),
  // "Invalid request or possible server error": the one code that leaves open whether the message went out.
  1: { fault: 'ambiguous', meaning: 'an unknown error, or an invalid request' },
  2: unavailable('the service is down or overloaded'),
  3: unauthorized('the app lacks the capability or permission for this call'),
  4: rateLimited('the app made too many calls'),
  10: unauthorized('the permission is missing or was removed'),
  33: misconfigured('the phone number id no longer exists'),
  100: invalid('a parameter is invalid'),
  190: unauthorized('the access token has expired or is invalid'),
  368: misconfigured('the account is blocked for a while for violating policy'),
  613: rateLimited('too many permission requests'),
  80007: rateLimited('the business account reached its rate limit'),
  80008: rateLimited('the business account reached its rate limit for management calls'),
  130429: rateLimited('the number reached its throughput'),
  130472: unreachable('the recipient is in an experiment without marketing messages'),
  130497: unreachable('the business may not message this country'),
  131000: unavailable('sending failed for an unknown reason'),
  131005: unauthorized('the permission is missing or was removed'),
  131008: invalid('a required parameter is missing'),
  131009: invalid('the value of a parameter is invalid'),
  131016: unavailable('a service is unavailable for a while'),
  131020: invalid('the group operation is invalid'),
  131021: invalid('sender and recipient are the same'),
  131026: unreachable('undeliverable: not on WhatsApp, an old client, terms not accepted, or blocked'),
  // Of the recipient and not of the account: other numbers of the test list are reached all the same.
  131030: unreachable('the recipient is not on the test list of this number'),
  131031: misconfigured('the account is locked'),
  131037: misconfigured('the display name of the number is not approved'),
  131041: invalid('the group operation is invalid'),
  131042: misconfigured('the payment method of the account has a problem'),
  131044: misconfigured('the payment method of the account has a problem'),
  131045: misconfigured('the number is not registered properly'),
  131047: windowClosed('more than 24 hours since the recipient last wrote: only a template may go'),
  131048: rateLimited('the number is limited because messages were reported as spam', HOUR_MS),
  131049: windowClosed('not delivered for the health of the ecosystem: wait a day before marketing again'),
  131050: windowClosed('the recipient stopped marketing messages'),
  131051: invalid('the type of message is not supported'),
  131052: unavailable('the media of the person could not be downloaded'),
  131053: invalid('the media could not be uploaded'),
  131056: recipientLimited('too many messages to this recipient in a short time'),
  131057: unavailable('the number is under maintenance, as while its throughput is raised'),
  131059: invalid('the group operation is invalid'),
  131062: invalid('this kind of message cannot go to a user id: use the phone number'),
  131063: misconfigured('marketing is disabled on the Cloud API for this account'),
  131064: rateLimited('the messaging limit was lowered for misclassified templates', HOUR_MS),
  131207: invalid('the group is suspended'),
  131208: rateLimited('the group operations reached their rate limit'),
  132000: invalid('the number of parameters does not match the template'),
  132001: invalid('the template does not exist in this language, or is not approved'),
  132005: invalid('the text with its parameters is too long for the template'),
  132007: invalid('the template violates a content policy'),
  132008: invalid('a parameter value does not fit the template'),
  132012: invalid('a parameter has the wrong format for the template'),
  132015: invalid('the template is paused for low quality'),
  132016: invalid('the template is disabled for low quality'),
  132018: invalid('a parameter has the wrong format for the template'),
  132068: invalid('the flow is blocked'),
  132069: rateLimited('the flow is throttled'),
  133000: unavailable('an earlier deregistration is incomplete'),
  133004: unavailable('the server is unavailable for a while'),
  133005: misconfigured('the two-step PIN does not match'),
  133006: misconfigured('the number must be verified again'),
  133008: misconfigured('too many wrong two-step PINs'),
  133009: misconfigured('two-step PINs came too fast'),
  133010: misconfigured('the number is not registered'),
  133015: misconfigured('the number was deregistered a moment ago'),
  133016: rateLimited('the number was registered or deregistered too often', HOUR_MS),
  134011: invalid('the payment message is not allowed'),
  135000: unavailable('a generic error, often of the parameters', 1),
  137000: unreachable('the identity of the recipient has changed: confirm it anew'),
  139102: unavailable('a concurrent change of the block list'),
  139103: unavailable('an internal error of the block list'),
};

/** Families of codes that mean the same; a row of its own goes first. */
export const ERROR_RANGES: readonly { readonly from: number; readonly to: number; readonly row: ErrorRow }[] =
  [
    { from: 200, to: 299, row: unauthorized('a permission is missing or was removed') },
    { from: 131_200, to: 131_299, row: invalid('the group operation is invalid') },
    { from: 134_100, to: 134_102, row: invalid('the marketing or payment message is not allowed') },
    { from: 138_000, to: 138_018, row: invalid('calling is not available for this recipient') },
    { from: 139_000, to: 139_004, row: invalid('the flow is not in a state to be sent') },
    { from: 139_100, to: 139_101, row: invalid('the block list refused the change') },
    { from: 147_001, to: 147_005, row: invalid('the user name is not valid') },
    { from: 2_388_000, to: 2_388_999, row: invalid('the template or number is not in a state for this') },
    { from: 2_494_000, to: 2_494_999, row: invalid('the template or number is not in a state for this') },
  ];

export const errorRow = (code: number): ErrorRow | undefined =>
  ERRORS[code] ?? ERROR_RANGES.find(range => code >= range.from && code <= range.to)?.row;
