/** WhatsApp, played: the Graph API of one business phone number. https://developers.facebook.com/docs/whatsapp/cloud-api */
import { answered, jsonOf } from '../call.ts';
import { graphPlatform, noSuchObject, placeOf, traceId } from '../meta/graph.ts';
import type { AccountContext, Handled, PlatformAnswer, PlatformRequest, PlayedAccount } from '../platform.ts';
import { decode } from '../trigger.ts';
import { AccountConfig, sampleConfig } from './account.ts';
import type { From } from './envelope.ts';
import { type GraphErrorOptions, graphError } from './errors.ts';
import { DOWNLOAD_PATH, mediaStore } from './media.ts';
import { messagesCall } from './messages.ts';
import { people, valuesOf } from './people.ts';
import { statusObject, statusWebhook } from './statuses.ts';
import { triggers } from './triggers.ts';

export const whatsapp = graphPlatform({ type: 'whatsapp', triggers, sampleConfig, open: openAccount });

function openAccount(context: AccountContext): PlayedAccount {
  const { credentials, account } = AccountConfig.parse(context.config);
  const from: From = {
    phoneNumberId: account.phone_number_id,
    businessAccountId: account.business_account_id,
  };
  const { now, random } = context;
  const known = people(now);
  const media = mediaStore(context);
  const error = (code: number, more?: GraphErrorOptions): PlatformAnswer =>
    graphError(code, traceId(random), more);
  const refuse = (code: number, details?: string): PlatformAnswer =>
    error(code, details === undefined ? {} : { details });
  const sendMessage = messagesCall({ context, from, people: known, refuse });

  const unknownObject = (id: string): PlatformAnswer =>
    error(100, { message: noSuchObject(id), type: 'GraphMethodException', subcode: 33 });
  const expiredToken = (): PlatformAnswer =>
    error(190, { message: 'Error validating access token: Session has expired' });

  async function handle(request: PlatformRequest): Promise<Handled> {
    if (request.headers.authorization !== `Bearer ${credentials.access_token}`) {
      const message = 'Invalid OAuth access token - Cannot parse access token';
      return answered('token', error(190, { message }));
    }
    if (request.path === DOWNLOAD_PATH) return answered('media download', media.download(request.query));
    const { node, edge } = placeOf(request.path);
    const call = `${request.method} ${edge ?? ''}`.trim();
    if (edge === undefined) return mediaCall(call, node);
    if (node !== account.phone_number_id) return answered(edge, unknownObject(node));
    if (call === 'POST media') {
      const stored = await media.upload(request);
      return answered('media upload', stored ?? refuse(100, 'messaging_product and file are required'));
    }
    if (call !== 'POST messages' && call !== 'POST marketing_messages')
      return answered(edge, unknownObject(node));
    const body = jsonOf(request.body);
    if (body === undefined) return answered('messages', refuse(100, 'The body is not valid JSON'));
    return sendMessage(body);
  }

  function mediaCall(call: string, id: string): Handled {
    const found = call === 'GET' ? media.describe(id) : call === 'DELETE' ? media.delete(id) : null;
    return answered(`media ${call.toLowerCase()}`, found ?? unknownObject(id));
  }

  return {
    handle,
    note(webhook) {
      for (const value of valuesOf(decode(webhook) ?? {})) {
        known.learn(value);
        media.learn(value);
      }
    },
    refuse: code => refuse(Number(code)),
    expiredToken,
    failure(taken, code) {
      if (taken.platformId === null) return null;
      const { phone, userId } = known.find(taken.conversation ?? '');
      const sent = { id: taken.platformId, recipient: { phone, userId }, marker: taken.marker };
      return statusWebhook(from, statusObject(sent, 'failed', now(), Number(code)));
    },
  };
}
