/** WhatsApp, played: the Graph API of one business phone number. https://developers.facebook.com/docs/whatsapp/cloud-api */
import { asId, isObject } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import type {
  AccountContext,
  Handled,
  PlatformAnswer,
  PlatformRequest,
  Play,
  PlayedAccount,
  SandboxPlatform,
  Taken,
} from '../platform.ts';
import { base64 } from '../random.ts';
import { decode } from '../trigger.ts';
import { AccountConfig, sampleConfig } from './account.ts';
import type { From } from './envelope.ts';
import { type GraphErrorOptions, graphError } from './errors.ts';
import { DOWNLOAD_PATH, mediaStore } from './media.ts';
import { messagesCall } from './messages.ts';
import { people, valuesOf } from './people.ts';
import { statusObject, statusWebhook } from './statuses.ts';
import { triggers } from './triggers.ts';

/** Meta repeats for days, ever more slowly; here in minutes. https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks */
const WAITS_MS = [250, 500, 1_000, 2_000, 4_000, ...Array.from({ length: 60 }, () => 5_000)];

const play: Play = {
  redelivery: {
    waitsMs: WAITS_MS,
    answerWithinMs: 10_000,
    headers: () => ({ 'user-agent': 'facebookexternalua' }),
    repeats: () => true,
  },
  open: openAccount,
};

export const whatsapp: SandboxPlatform = { type: 'whatsapp', play, triggers, sampleConfig };

const VERSIONED = /^(?:\/v\d{1,3}\.\d{1,2})?\/([^/]+)(?:\/([a-z_]+))?$/;

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
    graphError(code, base64(16, random).replace(/[+/=]/g, 'A'), more);
  const refuse = (code: number, details?: string): PlatformAnswer =>
    error(code, details === undefined ? {} : { details });
  const sendMessage = messagesCall({ context, from, people: known, refuse });

  const expiredToken = (): PlatformAnswer =>
    error(190, { message: 'Error validating access token: Session has expired' });

  async function handle(request: PlatformRequest): Promise<Handled> {
    if (request.headers.authorization !== `Bearer ${credentials.access_token}`) {
      const message = 'Invalid OAuth access token - Cannot parse access token';
      return answered('token', error(190, { message }));
    }
    if (request.path === DOWNLOAD_PATH) return answered('media download', media.download(request.query));
    const [, node = '', edge] = VERSIONED.exec(request.path) ?? [];
    const call = `${request.method} ${edge ?? ''}`.trim();
    if (edge === undefined) return mediaCall(call, node);
    if (node !== account.phone_number_id) return answered(edge, noSuchObject(node, error));
    if (call === 'POST media') {
      const stored = await media.upload(request);
      return answered('media upload', stored ?? refuse(100, 'messaging_product and file are required'));
    }
    if (call !== 'POST messages' && call !== 'POST marketing_messages')
      return answered(edge, noSuchObject(node, error));
    const body = jsonOf(request.body);
    if (body === undefined) return answered('messages', refuse(100, 'The body is not valid JSON'));
    return sendMessage(body);
  }

  function mediaCall(call: string, id: string): Handled {
    const found = call === 'GET' ? media.describe(id) : call === 'DELETE' ? media.delete(id) : null;
    return answered(`media ${call.toLowerCase()}`, found ?? noSuchObject(id, error));
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
    failure(taken: Taken, code: string) {
      if (taken.platformId === null) return null;
      const { phone, userId } = known.find(taken.conversation ?? '');
      const sent = { id: taken.platformId, recipient: { phone, userId }, marker: taken.marker };
      return statusWebhook(from, statusObject(sent, 'failed', now(), Number(code)));
    },
  };
}

const answered = (method: string, answer: PlatformAnswer): Handled => ({
  method,
  answer,
  taken: null,
  webhooks: [],
});

const noSuchObject = (
  id: string,
  error: (code: number, more?: GraphErrorOptions) => PlatformAnswer,
): PlatformAnswer =>
  error(100, {
    message: `Unsupported request. Object with ID '${asId(id) ?? ''}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
    type: 'GraphMethodException',
    subcode: 33,
  });

function jsonOf(body: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
