/** Slack, played: the Web API of one workspace. https://docs.slack.dev/apis/web-api */
import { asId, asText } from '../../channels/json.ts';
import { answered } from '../call.ts';
import type {
  AccountContext,
  Handled,
  PlatformRequest,
  Play,
  PlayedAccount,
  RedeliveryCause,
  SandboxPlatform,
} from '../platform.ts';
import { decode } from '../trigger.ts';
import { sampleConfig, selfOf } from './account.ts';
import type { Api } from './api.ts';
import { type Arguments, answerOf, handledAs, type Method, readArguments, refused } from './calls.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { DOWNLOAD_PATH, eventOf, files, UPLOAD_PATH } from './files.ts';
import { peopleMethods } from './people.ts';
import { rates } from './rates.ts';
import { reactionMethods } from './reactions.ts';
import { triggers } from './triggers.ts';
import { views } from './views.ts';
import { learnFrom, workspace } from './workspace.ts';

const CAUSES: Readonly<Record<RedeliveryCause, string>> = {
  timeout: 'http_timeout',
  status: 'http_error',
  connection: 'connection_failed',
};

const play: Play = {
  redelivery: {
    // Slack: at once, after a minute, after five. https://docs.slack.dev/apis/events-api/#retries
    waitsMs: [100, 10_000, 60_000],
    answerWithinMs: 3_000,
    headers: (attempt, cause) => ({
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      ...(cause === null
        ? {}
        : { 'x-slack-retry-num': String(attempt - 1), 'x-slack-retry-reason': CAUSES[cause] }),
    }),
    // Interactions and commands are forms, and come once: the person sees an error and tries again.
    repeats: (webhook, answered) =>
      webhook.contentType.startsWith('application/json') && answered['x-slack-no-retry'] !== '1',
  },
  open: openAccount,
};

export const slack: SandboxPlatform = { type: 'slack', play, triggers, sampleConfig };

function openAccount(context: AccountContext): PlayedAccount {
  const self = selfOf(context.config);
  const api: Api = { context, self, known: workspace(context) };
  const shelf = files(api);
  const screens = views(api);
  const waitFor = rates(context);
  const methods: ReadonlyMap<string, Method> = new Map(
    Object.entries({
      ...chatMethods(api),
      ...conversationMethods(api),
      ...reactionMethods(api),
      ...peopleMethods(api),
      ...shelf.methods,
      ...screens.methods,
    }),
  );

  function call(name: string, request: PlatformRequest): Handled {
    const read = readArguments(request);
    if ('error' in read) return handledAs(name, read);
    const { args } = read;
    const objection = tokenObjection(request, args);
    if (objection !== null) return handledAs(name, refused(objection));
    const method = methods.get(name);
    if (method === undefined) return handledAs(name, refused('unknown_method', { req_method: name }));
    const retryAfterSeconds = waitFor(name, args);
    if (retryAfterSeconds > 0) return handledAs(name, { error: 'ratelimited', retryAfterSeconds });
    return handledAs(name, method(args));
  }

  function tokenObjection({ headers }: PlatformRequest, args: Arguments): string | null {
    const [, bearer] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
    const token = bearer ?? asText(args.token);
    if (token === undefined) return 'not_authed';
    return token === self.token ? null : 'invalid_auth';
  }

  return {
    async handle(request) {
      const { path, headers } = request;
      if (path.startsWith('/api/')) return call(path.slice('/api/'.length), request);
      if (path.startsWith(UPLOAD_PATH))
        return answered('upload', await shelf.upload(path.slice(UPLOAD_PATH.length), request));
      if (path.startsWith(DOWNLOAD_PATH)) {
        // Without the right token Slack answers 200 with a page to sign in.
        if (headers.authorization !== `Bearer ${self.token}`) return answered('download', SIGN_IN);
        return answered('download', shelf.download(path.slice(DOWNLOAD_PATH.length)));
      }
      return answered(path, { status: 404, body: 'not found' });
    },
    note(webhook) {
      const said = decode(webhook) ?? {};
      learnFrom(said, api.known);
      shelf.learn(eventOf(said));
      const triggerId = asId(said.trigger_id);
      if (triggerId !== undefined) screens.learn(triggerId);
    },
    refuse: code => answerOf(code === 'ratelimited' ? { error: code, retryAfterSeconds: 1 } : refused(code)),
    expiredToken: () => answerOf(refused('token_expired')),
    // Slack takes a message or it does not; it tells nothing later.
    failure: () => null,
  };
}

const SIGN_IN = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html>Sign in to Slack</html>',
};
