/** What was said, in our words. Every frame gives its event, in order. */
import type { InboundContent, Media } from '../../message/content.ts';
import type { InboundEvent, Receipt } from '../../message/event.ts';
import { assertNever, type JsonObject } from '../../message/json.ts';
import type { InboundMessage } from '../../message/message.ts';
import { type ChannelIdentity, Unreadable } from '../channel.ts';
import { compact, readJson } from '../json.ts';
import { header } from '../signature.ts';
import type { WebhookRequest } from '../webhook.ts';
import { conversationOf, type Frame, messageIdOf, Post, pageOf, readFrame } from './frames.ts';
import { TIMESTAMP } from './verify.ts';

export function parse(request: WebhookRequest, identity: ChannelIdentity): readonly InboundEvent[] {
  const read = Post.safeParse(readJson(request.body));
  if (!read.success) {
    const fields = read.error.issues.map(issue => issue.path.join('.') || 'body').join(', ');
    throw new Unreadable(`not a post of the web chat: ${fields}`);
  }
  const said: Said = {
    identity,
    post: read.data,
    conversation: conversationOf(read.data),
    time: read.data.time ?? signedTime(request),
  };
  return read.data.messages.flatMap((value, index) => {
    const frame = readFrame(value);
    if (!frame.ok) return { kind: 'unreadable', reason: frame.reason, at: `messages[${index}]` };
    return event(frame.frame, said);
  });
}

interface Said {
  readonly identity: ChannelIdentity;
  readonly post: Post;
  readonly conversation: string;
  readonly time: number;
}

function signedTime(request: WebhookRequest): number {
  const seconds = Number(header(request, TIMESTAMP));
  if (!Number.isSafeInteger(seconds) || seconds <= 0) throw new Unreadable('the post has no time');
  return seconds * 1_000;
}

function event(frame: Frame, said: Said): InboundEvent | InboundEvent[] {
  if (frame.type === 'delivered' || frame.type === 'read') {
    return frame.targets.map(target => ({
      kind: 'receipt',
      receipt: receipt(target, frame.type, said),
    }));
  }
  return { kind: 'message', message: message(frame, said) };
}

/** Our delivery's id is the only id a browser ever sees of our message, so it is both. */
const receipt = (target: string, status: 'delivered' | 'read', { conversation, time }: Said): Receipt => ({
  target,
  marker: target,
  conversation,
  status,
  time,
});

type Spoken = Exclude<Frame, { type: 'delivered' | 'read' }>;

function message(frame: Spoken, { identity, post, conversation, time }: Said): InboundMessage {
  const { visitor } = post;
  const known = frame.type === 'unknown' ? {} : { replyTo: frame.replyTo, page: pageOf(frame.context) };
  const context = compact({ page: known.page, anonymous: visitor.anonymous });
  return compact({
    id: messageIdOf(conversation, frame.id),
    address: { tenant: identity.tenant, channel: identity.id, conversation },
    sender: compact({
      id: visitor.id,
      kind: 'person' as const,
      name: visitor.name,
      username: visitor.username,
      phone: visitor.phone,
      locale: visitor.locale,
    }),
    time,
    content: content(frame, conversation, visitor.id),
    replyTo: known.replyTo,
    context: Object.keys(context).length > 0 ? context : undefined,
  });
}

function content(frame: Spoken, conversation: string, visitor: string): InboundContent {
  switch (frame.type) {
    case 'text':
      return { kind: 'text', text: frame.text };
    case 'choice':
      return compact({
        kind: 'choice' as const,
        from: frame.from,
        id: frame.choice,
        label: frame.label,
        values: frame.values,
      });
    case 'form':
      return compact({ kind: 'form' as const, name: frame.name, token: frame.token, values: frame.values });
    case 'media':
      return compact({ kind: 'media' as const, media: kept(frame.media), caption: frame.caption });
    case 'location':
      return compact({
        kind: 'location' as const,
        latitude: frame.latitude,
        longitude: frame.longitude,
        label: frame.label,
        address: frame.address,
      });
    case 'reaction':
      return { kind: 'reaction', emoji: frame.emoji, target: frame.target, removed: frame.removed };
    case 'edit':
      return { kind: 'edit', target: messageIdOf(conversation, frame.target), text: frame.text };
    case 'deletion':
      return { kind: 'deletion', target: messageIdOf(conversation, frame.target) };
    case 'typing':
      return { kind: 'typing', active: frame.active };
    case 'session':
      return session(frame.state, visitor);
    case 'context':
      return told('context', pageOf(frame.page) ?? {});
    case 'profile':
      return told('profile', compact(frame.profile));
    case 'csat':
      return told('csat', { score: frame.score }, frame.comment);
    case 'transcript':
      return told('transcript-requested', compact({ email: frame.email }));
    case 'handoff':
      return told('handoff-requested', {}, frame.reason);
    case 'unknown':
      return { kind: 'unsupported', platformType: frame.platformType };
    default:
      return assertNever(frame);
  }
}

/** The type is what the hub found in the bytes, unless a server of the site's says otherwise. */
const kept = ({ id, name, type, bytes }: Extract<Frame, { type: 'media' }>['media']): Media =>
  compact({
    type: mediaTypeOf(type),
    source: { kind: 'stored' as const, id },
    mimeType: type,
    name,
    bytes,
  });

/** How it is shown. */
function mediaTypeOf(mimeType: string | undefined): Media['type'] {
  const [, family] = /^(image|video|audio)\//.exec(mimeType ?? '') ?? [];
  // A drawing may hold a script: it is a file to whoever gets it.
  return mimeType === 'image/svg+xml'
    ? 'file'
    : ((family as 'image' | 'video' | 'audio' | undefined) ?? 'file');
}

function session(state: 'start' | 'resume' | 'end', visitor: string): InboundContent {
  if (state === 'resume') return told('session-resumed', {});
  return {
    kind: 'membership',
    change: state === 'start' ? 'opened' : 'left',
    members: [visitor],
    self: false,
  };
}

function told(name: string, data: JsonObject, text?: string): InboundContent {
  return compact({
    kind: 'system' as const,
    name,
    text,
    data: Object.keys(data).length > 0 ? data : undefined,
  });
}
