/** One message in the log. */
import { type ContentContext, choiceNode, contentNodes } from './content.ts';
import { el } from './dom.ts';
import type { Entry, Mine, Theirs } from './memory.ts';
import type { Strings } from './strings.ts';

export interface EntryContext {
  readonly strings: Strings;
  readonly language: string;
  /** Who the bot is, for those who hear the log instead of seeing it. */
  readonly name: string;
  /** The hub, with a slash at its end: where files are that it keeps. */
  readonly server: string;
  say(type: string, fields: Readonly<Record<string, unknown>>, label: string): void;
  again(entry: Mine): void;
  canRepeat(entry: Mine): boolean;
  cancel(entry: Mine): void;
  done(entry: Theirs): void;
}

export interface EntryNode {
  readonly node: HTMLElement;
  /** Brings the node up to date; the parts that stay are not touched, so that they are not read out again. */
  update(): void;
}

export function entryNode(entry: Entry, context: EntryContext): EntryNode {
  if (entry.who === 'note') {
    return { node: el('p', { class: 'note' }, context.strings[entry.note]), update: () => undefined };
  }
  return entry.who === 'me' ? mineNode(entry, context) : theirsNode(entry, context);
}

function mineNode(entry: Mine, context: EntryContext): EntryNode {
  const { strings } = context;
  const state = el('span', { class: 'state' });
  const again = el(
    'button',
    { type: 'button', class: 'again', click: () => context.again(entry) },
    strings.again,
  );
  const cancel = el(
    'button',
    { type: 'button', class: 'again', click: () => context.cancel(entry) },
    strings.cancel,
  );
  const progress = el('progress', { max: '1', 'aria-label': `${strings.uploading}: ${entry.label}` });
  const meta = el('div', { class: 'meta' }, timeNode(entry.at, context.language), state);
  const reaction = el('span', { class: 'reaction' });
  const bubble = el('div', { class: 'bubble', dir: 'auto' }, el('p', {}, entry.label));
  const node = el(
    'div',
    { class: 'message me' },
    el('span', { class: 'hidden' }, `${strings.you}: `),
    bubble,
    reaction,
    meta,
  );
  const update = (): void => {
    node.classList.toggle('failed', entry.state === 'failed');
    setText(state, strings[entry.state === 'failed' ? (entry.why ?? 'failed') : entry.state]);
    setText(reaction, entry.reaction ?? '');
    progress.value = entry.share ?? 0;
    place(bubble, progress, entry.state === 'uploading');
    place(meta, cancel, entry.state === 'uploading');
    place(meta, again, entry.state === 'failed' && context.canRepeat(entry));
  };
  update();
  return { node, update };
}

/** Touched only where that changes something: who is on it with the keyboard stays there. */
function place(parent: HTMLElement, node: HTMLElement, wanted: boolean): void {
  if (!wanted) node.remove();
  else if (node.parentNode !== parent) parent.append(node);
}

function theirsNode(entry: Theirs, context: EntryContext): EntryNode {
  const { strings } = context;
  const bubble = el('div', { class: 'bubble', dir: 'auto' });
  const reaction = el('span', { class: 'reaction' });
  const state = el('span', { class: 'state' });
  const node = el(
    'div',
    { class: 'message them' },
    el('span', { class: 'hidden' }, `${context.name}: `),
    bubble,
    reaction,
    el('div', { class: 'meta' }, timeNode(entry.at, context.language), state),
  );
  let shown: unknown;
  const update = (): void => {
    const now = JSON.stringify([entry.wire, entry.deleted, entry.done]);
    if (now !== shown) bubble.replaceChildren(...bodyNodes(entry, context));
    shown = now;
    setText(state, entry.edited === true && entry.deleted !== true ? strings.edited : '');
    setText(reaction, entry.reaction ?? '');
  };
  update();
  return { node, update };
}

function bodyNodes(entry: Theirs, context: EntryContext): readonly HTMLElement[] {
  const { strings } = context;
  if (entry.deleted === true) return [el('p', { class: 'muted' }, strings.deleted)];
  const answers: ContentContext = {
    strings,
    server: context.server,
    done: entry.done === true,
    pick(choice, from) {
      if (from === 'list') context.done(entry);
      context.say(
        'choice',
        { choice: choice.id, label: choice.label, from, replyTo: entry.id },
        choice.label,
      );
    },
    submit(form, values) {
      context.done(entry);
      const { name, token, title } = form;
      const told = { name, values, replyTo: entry.id, ...(token === undefined ? {} : { token }) };
      context.say('form', told, `${strings.formSent}: ${title}`);
    },
  };
  return contentNodes(entry.wire.content, answers);
}

/** The answers offered below the last message, until the visitor says anything. */
export function quickReplies(entry: Entry | undefined, context: EntryContext): readonly HTMLElement[] {
  if (entry?.who !== 'them' || entry.deleted === true) return [];
  const { content } = entry.wire;
  if (content.kind !== 'choices' || content.as !== 'buttons') return [];
  return content.choices.map(choice =>
    choiceNode(choice, 'quick-reply', {
      strings: context.strings,
      done: false,
      pick: ({ id, label }, from) =>
        context.say('choice', { choice: id, label, from, replyTo: entry.id }, label),
    }),
  );
}

/** Nothing is changed that is the same already: a live region reads out every change. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

function timeNode(at: number, language: string): HTMLElement {
  const time = new Date(at);
  const today = time.toDateString() === new Date().toDateString();
  const shown = new Intl.DateTimeFormat(language, {
    timeStyle: 'short',
    ...(today ? {} : { dateStyle: 'short' }),
  });
  return el('time', { datetime: time.toISOString() }, shown.format(time));
}
