/** Messenger, played: the Graph API of one page. https://developers.facebook.com/docs/messenger-platform */
import { asObject } from '../../channels/json.ts';
import { hmacHex } from '../../channels/signature.ts';
import type { JsonObject } from '../../message/json.ts';
import { answered, jsonOf } from '../call.ts';
import { formOf } from '../form.ts';
import { graphPlatform, noSuchObject, placeOf, traceId } from '../meta/graph.ts';
import type { AccountContext, Handled, PlatformAnswer, PlatformRequest, PlayedAccount } from '../platform.ts';
import { digits } from '../random.ts';
import { remembered } from '../remembered.ts';
import { SAMPLES } from '../samples.ts';
import { decode } from '../trigger.ts';
import { AccountConfig, APP_ID, sampleConfig } from './account.ts';
import { address, invalid, oneOf } from './checks.ts';
import { graphError, type Wrong } from './errors.ts';
import { messagesCall } from './messages.ts';
import { people } from './people.ts';
import { messengerProfile } from './profile.ts';
import { triggers } from './triggers.ts';

export const messenger = graphPlatform({ type: 'messenger', triggers, sampleConfig, open: openAccount });

const FILE = /^\/files\/([a-z]+)$/;
const MAX_ATTACHMENTS = 1_000;

function openAccount(context: AccountContext): PlayedAccount {
  const { credentials, account, api } = AccountConfig.parse(context.config);
  const { now, random, behaviour } = context;
  const known = people(now);
  const uploads = remembered<true>(MAX_ATTACHMENTS);
  const profile = messengerProfile();
  const proof = hmacHex(credentials.app_secret, credentials.access_token);
  const error = (wrong: Wrong): PlatformAnswer => graphError(wrong, traceId(random));
  const refused = (method: string, wrong: Wrong): Handled => answered(method, error(wrong));
  const sendMessage = messagesCall({
    context,
    pageId: account.page_id,
    appId: account.app_id ?? APP_ID,
    people: known,
    hasAttachment: id => uploads.get(id) === true || behaviour.strangers === 'believed',
    refused,
  });

  function intruder(request: PlatformRequest): Wrong | null {
    if (request.headers.authorization !== `Bearer ${credentials.access_token}`)
      return { code: 190, message: 'Invalid OAuth access token - Cannot parse access token' };
    const given = request.query.get('appsecret_proof');
    if (given === null && api.appsecret_proof)
      return { code: 100, message: 'API calls from the server require an appsecret_proof argument' };
    return given === null || given === proof
      ? null
      : { code: 100, message: 'Invalid appsecret_proof provided in the API argument' };
  }

  const taken = (): PlatformAnswer => {
    const id = digits(16, random);
    uploads.set(id, true);
    return { status: 200, body: { attachment_id: id } };
  };

  function upload(body: JsonObject): PlatformAnswer | Wrong {
    const attachment = asObject(asObject(body.message)?.attachment) ?? {};
    const wrong =
      oneOf(attachment.type, 'message[attachment][type]', ['image', 'video', 'audio', 'file']) ??
      address(asObject(attachment.payload)?.url, 'message[attachment][payload][url]');
    if (wrong !== null) return wrong;
    return taken();
  }

  /** https://developers.facebook.com/docs/messenger-platform/identity/user-profile: of everybody the same. */
  const person = (id: string): PlatformAnswer | Wrong =>
    /^\d{5,32}$/.test(id)
      ? { status: 200, body: { first_name: 'Ada', last_name: 'Example', id } }
      : { code: 100, subcode: 33 };

  function handle(request: PlatformRequest): Handled | Promise<Handled> {
    // As at Meta, files need no token: whoever has the address has the file.
    const [, name] = FILE.exec(request.path) ?? [];
    if (name !== undefined) return answered('file', fileNamed(name));
    const stranger = intruder(request);
    if (stranger !== null) return refused('token', stranger);
    const { node, edge = '' } = placeOf(request.path);
    const isOurs = node === account.page_id || node === 'me';
    const call = `${request.method} ${edge}`.trim();
    if (isOurs && isUpload(call, request))
      return wrongUpload(request).then(wrong =>
        wrong === null ? answered(edge, taken()) : refused(edge, wrong),
      );
    const body = bodyOf(request);
    if (body === undefined) return refused(edge, invalid('The body is not valid JSON'));
    if (isOurs && call === 'POST messages') return sendMessage(body);
    const answer = otherCall(call, node, isOurs, body);
    return 'status' in answer ? answered(edge || 'profile', answer) : refused(edge || 'profile', answer);
  }

  function otherCall(call: string, node: string, isOurs: boolean, body: JsonObject): PlatformAnswer | Wrong {
    if (!isOurs) return call === 'GET' ? person(node) : unknownObject(node);
    switch (call) {
      case 'POST message_attachments':
        return upload(body);
      case 'GET messenger_profile':
      case 'POST messenger_profile':
      case 'DELETE messenger_profile':
        return profile.call(call.split(' ')[0] ?? '', body);
      default:
        return unknownObject(node);
    }
  }

  return {
    handle,
    note: webhook => known.learn(decode(webhook) ?? {}),
    refuse(code) {
      const [main, sub] = code.split('/').map(Number);
      return error({ code: main ?? 1, ...(sub === undefined ? {} : { subcode: sub }) });
    },
    expiredToken: () => error({ code: 190, subcode: 463 }),
    // What was taken is never told to have failed.
    failure: () => null,
  };
}

const bodyOf = ({ body }: PlatformRequest): JsonObject | undefined => (body.length === 0 ? {} : jsonOf(body));

/** With the file itself, in place of an address. */
const isUpload = (call: string, { headers }: PlatformRequest): boolean =>
  call === 'POST message_attachments' && (headers['content-type'] ?? '').startsWith('multipart/form-data');

async function wrongUpload({ body, headers }: PlatformRequest): Promise<Wrong | null> {
  const form = await formOf(body, headers['content-type'] ?? '');
  const [said, file] = [form?.get('message'), form?.get('filedata')];
  const type = asObject(jsonOf(Buffer.from(String(said ?? '')))?.attachment)?.type;
  if (typeof file !== 'object' || file === null || file.size === 0) return invalid('filedata is required');
  return oneOf(type, 'message[attachment][type]', ['image', 'video', 'audio', 'file']);
}

/** Small real files, for triggers whose `url` is to lead somewhere. */
function fileNamed(name: string): PlatformAnswer {
  const sample = Object.entries(SAMPLES).find(([each]) => each === name)?.[1];
  if (sample === undefined) return { status: 404, body: '' };
  return { status: 200, headers: { 'content-type': sample.mimeType }, body: sample.bytes };
}

const unknownObject = (id: string): Wrong => ({ code: 100, subcode: 33, message: noSuchObject(id) });
