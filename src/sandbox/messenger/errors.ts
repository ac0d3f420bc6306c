/**
 * The errors of the Graph API, as they are documented; written anew here, so that the adapter's own table is held
 * against something. https://developers.facebook.com/docs/messenger-platform/error-codes
 */
import type { JsonObject } from '../../message/json.ts';
import type { PlatformAnswer } from '../platform.ts';

/** By `code` or `code/subcode`. */
const TITLES: Readonly<Record<string, string>> = {
  '1/99': 'An unknown error occurred.',
  '1/1357046': 'Received invalid JSON reply.',
  '2': 'An unexpected error has occurred. Please retry your request later.',
  '4': 'Application request limit reached',
  '4/2018354':
    'There has to be a minimum delay between 2 notifications for the given notification message token',
  '9/2018352': 'User is performing too many actions',
  '10': 'Application does not have permission for this action',
  '10/2018065': 'This message is sent outside of allowed window.',
  '10/2018108':
    "This Person Cannot Receive Messages: This person isn't receiving messages from you right now.",
  '10/2018278': 'This message is sent outside of allowed window.',
  '32': 'Page request limit reached',
  '100': 'Invalid parameter',
  '100/33': 'Object does not exist',
  '100/2018001': 'No matching user found',
  '100/2018008': 'Unable to fetch the file from the url.',
  '100/2018034': 'Message cannot be empty, must provide valid attachment or text',
  '100/2018047': 'Upload attachment failure.',
  '100/2018074':
    'Invalid attachment ID. Either the ID does not exist or you do not have permission to use it.',
  '100/2018109': 'Attachment size exceeds allowable limit',
  '100/2018145': 'Cannot send both message and state at the same time',
  '100/2018218': 'Cannot get user info for this user',
  '190': 'Invalid OAuth access token.',
  '190/463': 'Error validating access token: Session has expired',
  '200': 'Permissions error',
  '200/1545041': "This person isn't available at the moment.",
  '200/2018028':
    'Cannot message users who are not admins, developers or testers of the app until pages_messaging is approved.',
  '230': 'Requires pages_messaging permission to manage the object',
  '368': 'The action attempted has been deemed abusive or is otherwise disallowed',
  '551': "This person isn't available right now.",
  '551/1545041': "This person isn't available right now.",
  '613': 'Calls to this api have exceeded the rate limit.',
  '1200': 'Temporary send message failure. Please try again later.',
  '10900': 'Activity already replied to',
  '80006': 'There have been too many calls to this Messenger account.',
  '9000001': 'The message could not be found',
};

export interface Wrong {
  readonly code: number;
  readonly subcode?: number;
  /** Instead of what the documentation calls the code. */
  readonly message?: string;
}

/** Whether the last digits of a person's id ask for an error: a documented subcode of seven digits. */
export function askedFor(person: string): Wrong | null {
  const wanted = `/${person.slice(-7)}`;
  const [code] =
    Object.keys(TITLES)
      .find(key => key.endsWith(wanted))
      ?.split('/') ?? [];
  return code === undefined ? null : { code: Number(code), subcode: Number(person.slice(-7)) };
}

export function graphError({ code, subcode, message }: Wrong, traceId: string): PlatformAnswer {
  const key = subcode === undefined ? String(code) : `${code}/${subcode}`;
  const title = TITLES[key] ?? TITLES[String(code)] ?? 'Unknown error';
  const error: JsonObject = {
    message: message ?? `(#${code}) ${title}`,
    type: 'OAuthException',
    code,
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    fbtrace_id: traceId,
  };
  return { status: statusOf(code), body: { error } };
}

/** Meta promises no status; this is what comes most often. */
function statusOf(code: number): number {
  if (code === 190) return 401;
  if (code === 10 || code === 230 || (code >= 200 && code < 300)) return 403;
  return code === 1 || code === 2 || code === 1200 ? 500 : 400;
}
