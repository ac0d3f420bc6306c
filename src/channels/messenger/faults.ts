/**
 * Every error the platform documents, as data: by code and subcode, by a subcode that means the same below every
 * code, by code.
 * https://developers.facebook.com/docs/messenger-platform/error-codes
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

const MINUTE_MS = 60_000;

const OUTSIDE = windowClosed('outside the window: too long since the person last wrote');
const NO_SUCH_PERSON = unreachable('this page knows no such person');
/** Of the person and not of the account: those with a role are reached all the same. */
const NO_ROLE = unreachable('the app is not approved yet, and the person has no role in it');
const NOT_AVAILABLE = unreachable('the person is not available: blocked the page, or gone');
const FETCHING = unavailable('Meta could not fetch or take the attachment', 2);
const TOKEN = unauthorized('the access token has expired or is invalid');
const POLICY = misconfigured('the page is kept from sending by a policy');
/** Counted over the last hour, so it does not end within a moment. */
const CALLS = rateLimited('too many calls', MINUTE_MS);

/** Below code 1 a message may have gone out all the same. */
const unknown = (meaning: string): ErrorRow => ({ fault: 'ambiguous', meaning });

export const ERRORS: Readonly<Record<string, ErrorRow>> = {
  '0': TOKEN,
  '1': unknown('an unknown error'),
  '1/99': unknown('an unknown error, often a permission that is missing'),
  '1/1357046': unknown('Meta lost its own answer, often after sending'),
  // Also what blocking looks like from outside.
  '2': { fault: 'unavailable', meaning: 'a temporary failure, or blocked', tries: 3, atLast: 'unreachable' },
  '2/2018344': misconfigured('the page must accept the terms for labels'),
  '3': unauthorized('the app lacks the capability for this call'),
  '4': CALLS,
  '4/2018022': rateLimited('too many messages to phone numbers', MINUTE_MS),
  '4/2018354': windowClosed('marketing messages to this person come too often'),
  '9': rateLimited('too many actions'),
  '9/2018352': windowClosed('the person had as many marketing messages as are allowed'),
  '10': unauthorized('the permission is missing or was removed'),
  '10/2018065': OUTSIDE,
  '10/2018108': unreachable('the person receives no messages of this page'),
  '10/2018278': OUTSIDE,
  '10/2534022': OUTSIDE,
  '17': CALLS,
  '32': CALLS,
  '100': invalid('a parameter is invalid'),
  '100/33': NO_SUCH_PERSON,
  '100/2018001': NO_SUCH_PERSON,
  '100/2018008': FETCHING,
  '100/2018034': invalid('the message is empty'),
  '100/2018047': FETCHING,
  '100/2018074': invalid('the attachment id is not one of this page'),
  '100/2018109': invalid('the attachment is too big'),
  '100/2018145': invalid('a message and an action cannot go together'),
  '100/2018164': misconfigured('the app id is not the right one'),
  '100/2018218': NO_SUCH_PERSON,
  '100/2018294': FETCHING,
  '100/2018382': invalid('there is no such form'),
  '100/2534015': invalid('the template is not valid'),
  '100/2534037': invalid('another app has the conversation'),
  '102': TOKEN,
  '104': unauthorized('the proof of the app secret is missing or wrong'),
  '190': TOKEN,
  '190/460': unauthorized('the access token ended with a change of password'),
  '190/463': unauthorized('the access token has expired'),
  '190/467': unauthorized('the access token was invalidated'),
  '190/492': unauthorized('whoever made the access token has no role on the page any more'),
  '200/1545041': NOT_AVAILABLE,
  '200/2018021': unauthorized('the page may not write to phone numbers'),
  '200/2018027': NO_ROLE,
  '200/2018028': NO_ROLE,
  '230': unauthorized('the permission pages_messaging is missing'),
  '368': misconfigured('sending is blocked for a while for violating policy'),
  '551': NOT_AVAILABLE,
  '551/1545041': NOT_AVAILABLE,
  '613': rateLimited('messages come too fast'),
  '613/1893016': recipientLimited('messages to this person come too fast'),
  '803': invalid('there is no such object'),
  '1200': unavailable('sending failed for a while'),
  '2022': misconfigured('commerce messages are switched off after a violation of policy'),
  '10303': unreachable('the person has not answered the request for messages'),
  '10900': invalid('the post or comment was answered already'),
  '10903': unreachable('the person cannot be answered to this post or comment'),
  '80001': CALLS,
  '80004': CALLS,
  '80006': CALLS,
  '9000001': invalid('the message to react or reply to is not there'),
};

export const SUBCODES: Readonly<Record<number, ErrorRow>> = {
  1545041: NOT_AVAILABLE,
  2018065: OUTSIDE,
  2018247: POLICY,
  2018278: OUTSIDE,
  2018300: POLICY,
  2018321: POLICY,
};

const PERMISSIONS = unauthorized('a permission is missing or was removed');

export function errorRow(code: number, subcode: number | undefined): ErrorRow | undefined {
  const precise = subcode === undefined ? undefined : (ERRORS[`${code}/${subcode}`] ?? SUBCODES[subcode]);
  return precise ?? ERRORS[code] ?? (code >= 200 && code <= 299 ? PERMISSIONS : undefined);
}

/** Told as an invalid parameter, and about the account. https://developers.facebook.com/docs/facebook-login/security#proof */
export const PROOF_REFUSED = unauthorized('the proof of the app secret is missing or wrong');
