/**
 * Invokes are answered in the HTTP response, within five seconds; what the person did is in our log by then, and
 * the bot's own answer follows in the conversation. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/request-response
 */
import type { JsonValue } from '../../message/json.ts';
import { asId, readableJson } from '../json.ts';
import type { Answer, WebhookRequest } from '../webhook.ts';

const INVOKE = Buffer.from('"invoke"');

export function reply({ body }: WebhookRequest): Answer | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  // Messages are not parsed for it: the marker cannot stand in their text, where its quotation marks would be escaped.
  if (!bytes.includes(INVOKE)) return undefined;
  const activity = readableJson(body);
  return activity?.type === 'invoke' ? answerTo(asId(activity.name)) : undefined;
}

const json = (value: JsonValue, status = 200): Answer => ({
  status,
  body: JSON.stringify(value),
  contentType: 'application/json',
});

/** Says in any language that it arrived. */
const DONE = '✓';
const NOTHING: Answer = { status: 200, body: '' };
/** "501 Not Implemented" tells Teams that the bot does not know the name. */
const UNKNOWN: Answer = { status: 501, body: '' };
const MESSAGE = json({ task: { type: 'message', value: DONE } });
const NO_RESULTS = json({ composeExtension: { type: 'result', attachmentLayout: 'list', attachments: [] } });

const ANSWERS: ReadonlyMap<string, Answer> = new Map([
  [
    'adaptiveCard/action',
    json({ statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: DONE }),
  ],
  ['actionableMessage/executeAction', NOTHING],
  ['task/fetch', MESSAGE],
  // An empty answer closes the dialog.
  ['task/submit', NOTHING],
  ['composeExtension/query', NO_RESULTS],
  ['composeExtension/queryLink', NO_RESULTS],
  ['composeExtension/anonymousQueryLink', NO_RESULTS],
  ['composeExtension/selectItem', NO_RESULTS],
  ['composeExtension/fetchTask', MESSAGE],
  ['composeExtension/submitAction', NOTHING],
  ['composeExtension/setting', NOTHING],
  ['composeExtension/onCardButtonClicked', NOTHING],
  ['fileConsent/invoke', NOTHING],
  ['message/submitAction', json({})],
  ['signin/verifyState', NOTHING],
  // "412 Precondition Failed": the token cannot be used silently, so the person is asked to sign in.
  ['signin/tokenExchange', { status: 412, body: '' }],
  ['signin/failure', NOTHING],
  [
    'application/search',
    json({
      statusCode: 200,
      type: 'application/vnd.microsoft.search.searchResponse',
      value: { results: [] },
    }),
  ],
]);

/** Without a name it is a button of an old card. */
const answerTo = (name: string | undefined): Answer =>
  name === undefined ? NOTHING : (ANSWERS.get(name) ?? UNKNOWN);
