/** What the Connector refuses in an activity. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object */
import { asId, asObject, asObjects, asText } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';

export interface Wrong {
  readonly code: string;
  readonly detail: string;
}

const bad = (detail: string): Wrong => ({ code: 'BadSyntax', detail });

/** Counted as Teams counts, in UTF-16; pictures that stand in the message itself do not count. */
const MAX_BYTES = 100 * 1024;

const TYPES = new Set(['message', 'typing', 'event', 'invoke', 'trace', 'endOfConversation']);
const FORMATS = new Set(['plain', 'markdown', 'xml', 'extendedmarkdown']);

/** Null: nothing wrong. */
export function checkActivity(activity: JsonObject): Wrong | null {
  const type = asId(activity.type);
  if (type === undefined || !TYPES.has(type)) return bad('Unknown activity type');
  if (sizeOf(activity) > MAX_BYTES) return { code: 'MessageSizeTooBig', detail: 'Message size too large' };
  return type === 'message' ? checkMessage(activity) : null;
}

function checkMessage(activity: JsonObject): Wrong | null {
  const attachments = asObjects(activity.attachments);
  const text = asText(activity.text) ?? '';
  if (text === '' && attachments.length === 0) return bad('Activity has neither text nor attachments');
  const format = activity.textFormat ?? 'markdown';
  if (typeof format !== 'string' || !FORMATS.has(format)) return bad('Unknown text format');
  if (activity.attachmentLayout === 'carousel' && attachments.length > 10)
    return bad('A carousel has at most ten cards');
  for (const attachment of attachments) {
    const wrong = checkAttachment(attachment);
    if (wrong !== null) return wrong;
  }
  return checkMentions(activity, text) ?? checkSuggestions(activity);
}

function checkAttachment(attachment: JsonObject): Wrong | null {
  const type = asId(attachment.contentType);
  if (type === undefined) return bad('An attachment has no content type');
  const content = asObject(attachment.content);
  if (type.startsWith('application/vnd.microsoft.card.')) {
    if (content === undefined) return bad('A card has no content');
    return type.endsWith('.adaptive') ? checkAdaptiveCard(content) : checkButtons(content.buttons);
  }
  if (type.startsWith('image/') && !/^(?:https:|data:image\/)/.test(asText(attachment.contentUrl) ?? ''))
    return bad('An image has no https address');
  return null;
}

function checkAdaptiveCard(card: JsonObject): Wrong | null {
  if (card.type !== 'AdaptiveCard') return bad('The card is not of the type AdaptiveCard');
  if (!/^1\.[0-6]$/.test(asText(card.version) ?? '')) return bad('The version of the card is not supported');
  const elements = asObjects(card.body);
  if (elements.length === 0 && asObjects(card.actions).length === 0) return bad('The card is empty');
  const nameless = elements.find(element => asId(element.type) === undefined);
  if (nameless !== undefined) return bad('An element of the card has no type');
  const blank = elements.find(({ type, text }) => type === 'TextBlock' && typeof text !== 'string');
  if (blank !== undefined) return bad('A TextBlock has no text');
  const picture = elements.find(
    ({ type, url }) => type === 'Image' && !/^(?:https:|data:)/.test(asText(url) ?? ''),
  );
  if (picture !== undefined) return bad('An Image has no https address');
  const action = asObjects(card.actions).find(({ type }) => !/^Action\.[A-Z]\w+$/.test(asText(type) ?? ''));
  return action === undefined ? null : bad('An action of the card has no type');
}

const checkButtons = (buttons: JsonObject[string] | undefined): Wrong | null =>
  asObjects(buttons).length > 6 ? bad('A card has at most six buttons') : null;

/** Who is mentioned must stand in the text as the entity says. */
function checkMentions(activity: JsonObject, text: string): Wrong | null {
  const mentions = asObjects(activity.entities).filter(({ type }) => type === 'mention');
  const astray = mentions.find(
    mention =>
      asId(asObject(mention.mentioned)?.id) === undefined || !text.includes(asId(mention.text) ?? '\0'),
  );
  return astray === undefined ? null : { code: 'BadArgument', detail: 'A mention is not in the text' };
}

function checkSuggestions(activity: JsonObject): Wrong | null {
  const actions = asObjects(asObject(activity.suggestedActions)?.actions);
  const other = actions.find(({ type }) => type !== 'imBack' && type !== 'Action.Compose');
  return other === undefined ? null : bad('A suggested action is of the type imBack');
}

const sizeOf = (activity: JsonObject): number =>
  2 * JSON.stringify(activity).replace(/data:image\/[a-z]+;base64,[A-Za-z0-9+/=]+/g, '').length;
