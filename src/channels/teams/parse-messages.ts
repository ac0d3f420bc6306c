/** Messages, and what happens to them afterwards. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-messages */
import type { InboundContent } from '../../message/content.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asObject, asObjects, asText } from '../json.ts';
import { readFiles, strangeAttachments } from './files.ts';
import { messageId, msOf, partId } from './ids.ts';
import { reactionEmoji } from './reactions.ts';
import { readSubmission } from './submissions.ts';
import { idOf, one, pick, type Telling, type Told, targetOf, tell, timeOf } from './telling.ts';
import { type ReadText, readTeamsText } from './text.ts';

export function parseMessage(told: Told): readonly InboundEvent[] {
  const { activity, selfId } = told;
  const read = readTeamsText(activity, selfId);
  const around: Omit<Telling, 'content'> = {
    mentions: read.mentions,
    replyTo: answered(told, read),
    context: contextOf(activity, read),
  };
  const files = readFiles(activity);
  const value = activity.value;
  // A button of a card: what it submits is all there is. With a text beside it, the text is what was said.
  if (value !== undefined && value !== null && read.text === '' && files.length === 0)
    return one(told, { ...around, content: readSubmission(value) });
  if (files.length === 0) return one(told, { ...around, content: said(activity, read) });
  return files.map((media, index) =>
    tell(told, {
      ...around,
      id: partId(idOf(told), index + 1),
      content:
        index === 0 && read.text !== ''
          ? { kind: 'media', media, caption: read.text }
          : { kind: 'media', media },
    }),
  );
}

function said(activity: JsonObject, { text, mentions }: ReadText): InboundContent {
  const [strange] = text === '' ? strangeAttachments(activity) : [];
  if (strange !== undefined) return { kind: 'unsupported', platformType: strange };
  // Only called by name: better that than nothing.
  const [called] = mentions;
  return { kind: 'text', text: text === '' && called !== undefined ? `@${called.name ?? called.id}` : text };
}

/** A quotation names its message in the HTML or in an attachment; a post in a thread names what it answers. */
function answered({ activity, place }: Told, { quote }: ReadText): string | undefined {
  const reference = asObjects(activity.attachments).find(one => one.contentType === 'messageReference');
  const id = quote?.id ?? asId(reference?.id) ?? asId(asObject(parsed(reference?.content))?.messageId);
  return id === undefined ? undefined : messageId(place.conversation, id);
}

/** Teams writes the content of a reference as text with JSON in it. */
function parsed(content: JsonObject[string] | undefined): JsonObject | undefined {
  if (typeof content !== 'string' || content.length > 20_000) return asObject(content);
  const [, id] = /"messageId"\s?:\s?"(\d{1,20})"/.exec(content) ?? [];
  return id === undefined ? undefined : { messageId: id };
}

function contextOf(activity: JsonObject, { quote, text }: ReadText): JsonObject {
  const strange = strangeAttachments(activity);
  const data = asObject(activity.channelData);
  return {
    ...(quote === undefined || quote.text === '' ? {} : { quoted: quote.text }),
    ...(strange.length > 0 && text !== '' ? { attachments: strange } : {}),
    // A button that says something in the person's name sends along what it stands for.
    ...(activity.value !== undefined && activity.value !== null && text !== ''
      ? { value: activity.value }
      : {}),
    ...pick(activity, ['importance']),
    ...pick(data ?? {}, ['source']),
  };
}

/** The same id as the message; when it was done tells two edits apart. */
const happened = ({ activity }: Told, what: string): string => `:${what}:${timeOf(activity)}`;

/** When the message was sent that is changed: its id says so. */
function sentAt({ activity }: Told): { readonly targetTime?: number } {
  const targetTime = msOf(asId(activity.id));
  return targetTime === undefined ? {} : { targetTime };
}

export function parseEdit(told: Told): readonly InboundEvent[] {
  const { activity, selfId } = told;
  const target = idOf(told);
  const read = readTeamsText(activity, selfId);
  if (asObject(activity.channelData)?.eventType === 'undeleteMessage') {
    const content = { kind: 'system', name: 'undeleteMessage', text: read.text, data: { target } } as const;
    return one(told, { suffix: happened(told, 'restored'), mentions: read.mentions, content });
  }
  const [media] = readFiles(activity);
  const content: InboundContent = {
    kind: 'edit',
    target,
    ...sentAt(told),
    text: read.text,
    ...(media === undefined ? {} : { media }),
  };
  return one(told, { suffix: happened(told, 'edited'), mentions: read.mentions, content });
}

export function parseDeletion(told: Told): readonly InboundEvent[] {
  return one(told, {
    suffix: happened(told, 'deleted'),
    content: { kind: 'deletion', target: idOf(told), ...sentAt(told) },
  });
}

/** The activity's id may be that of the message reacted to, so ours says who reacted how, and when. */
export function parseReactions(told: Told): readonly InboundEvent[] {
  const { activity } = told;
  const target = targetOf(told) ?? idOf(told);
  const who = asId(asObject(activity.from)?.id) ?? '';
  const changes = [
    ...asObjects(activity.reactionsAdded).map(reaction => ({ reaction, removed: false })),
    ...asObjects(activity.reactionsRemoved).map(reaction => ({ reaction, removed: true })),
  ];
  if (changes.length === 0)
    return one(told, { content: { kind: 'unsupported', platformType: 'messageReaction' } });
  return changes.map(({ reaction, removed }, index) => {
    const emoji = reactionEmoji(asText(reaction.type) ?? '');
    const what = `${removed ? 'unreacted' : 'reacted'}:${index}:${who}`;
    return tell(told, {
      suffix: happened(told, what),
      content: { kind: 'reaction', emoji, target, removed },
    });
  });
}
