/** What is seen: the launcher, the panel with its log, the composer. */
import { type ComposerOptions, composerNode } from './composer.ts';
import type { Child } from './dom.ts';
import { el, icon } from './dom.ts';
import { type EntryNode, entryNode, quickReplies, setText } from './entries.ts';
import type { Entry } from './memory.ts';
import type { Strings } from './strings.ts';

export interface ViewOptions extends ComposerOptions {
  readonly root: ShadowRoot;
  readonly title: string;
  /** Fills its place in the page: no launcher, nothing to close. */
  readonly inline: boolean;
  toggle(open: boolean): void;
}

export interface View {
  greet(text: string): void;
  added(entry: Entry, entries: readonly Entry[]): void;
  changed(entry: Entry, entries: readonly Entry[]): void;
  typing(active: boolean): void;
  status(text: string): void;
  /** The chat cannot be used: why. */
  refuse(text: string): void;
  unread(count: number): void;
  open(focus: boolean): void;
  close(): void;
}

/** Several messages in a row, said together, need their time but once. */
const isOneThought = (one: Entry, other: Entry): boolean =>
  one.who === other.who && other.at - one.at < 60_000;

/** A little above the end still counts as the end. */
const NEAR_PX = 80;

export function openView(options: ViewOptions): View {
  const { root, strings, title, inline, context } = options;
  const nodes = new Map<string, EntryNode>();
  let last: Entry | undefined;
  const log = el('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': strings.log });
  const typing = el('div', { class: 'typing', role: 'status' });
  const quick = el('div', { class: 'quick', role: 'group', 'aria-label': strings.answers });
  const scroll = el('div', { class: 'scroll', tabindex: '0' }, log, typing, quick);
  const status = el('p', { class: 'status', role: 'status' });
  const newer = el('button', { type: 'button', class: 'newer', hidden: true }, icon('down'), strings.newer);
  const composer = composerNode(options, () => panel);
  const close = el('button', { type: 'button', class: 'icon', 'aria-label': strings.close }, icon('close'));
  const launcher = launcherNode(strings);
  const header = el('header', {}, el('h2', {}, title), inline ? null : close);
  const panel = section(title, inline, header, status, scroll, newer, composer.node);

  const atEnd = (): boolean => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
  const toEnd = (): void => {
    scroll.scrollTop = scroll.scrollHeight;
    newer.hidden = true;
  };
  const toggle = (open: boolean, focus: boolean): void => {
    if (inline) return;
    panel.hidden = !open;
    launcher.show(open);
    if (open) toEnd();
    if (focus) (open ? composer.input : launcher.node).focus();
    options.toggle(open);
  };

  launcher.node.addEventListener('click', () => toggle(panel.hidden !== false, true));
  close.addEventListener('click', () => toggle(false, true));
  panel.addEventListener('keydown', event => {
    if (event.key === 'Escape' && !inline) toggle(false, true);
  });
  newer.addEventListener('click', () => {
    toEnd();
    composer.input.focus();
  });
  scroll.addEventListener('scroll', () => {
    if (atEnd()) newer.hidden = true;
  });
  // A picture that arrives late makes the log longer.
  scroll.addEventListener('load', () => atEnd() && toEnd(), true);
  root.append(panel, ...(inline ? [] : [launcher.node]));

  return {
    greet(text) {
      const paragraphs = text.split(/\n+/).map(line => el('p', {}, line));
      const bubble = el('div', { class: 'bubble', dir: 'auto' }, ...paragraphs);
      log.prepend(el('div', { class: 'message them' }, bubble));
    },
    added(entry, entries) {
      const follow = entry.who === 'me' || atEnd();
      const made = entryNode(entry, context);
      nodes.set(entry.id, made);
      if (last !== undefined && isOneThought(last, entry)) log.lastElementChild?.classList.add('joined');
      last = entry;
      log.append(made.node);
      quick.replaceChildren(...quickReplies(entries.at(-1), context));
      if (follow) toEnd();
      else newer.hidden = false;
    },
    changed(entry, entries) {
      nodes.get(entry.id)?.update();
      if (entry === entries.at(-1) && entry.who === 'them')
        quick.replaceChildren(...quickReplies(entry, context));
    },
    typing(active) {
      const follow = atEnd();
      const dots = ['', '', ''].map(() => el('span', { class: 'dot' }));
      const said = el('span', { class: 'hidden' }, `${title} ${strings.typing}`);
      typing.replaceChildren(...(active ? [said, ...dots] : []));
      if (follow) toEnd();
    },
    status: text => setText(status, text),
    refuse(text) {
      setText(status, text);
      composer.disable();
    },
    unread: launcher.unread,
    open: focus => toggle(true, focus),
    close: () => toggle(false, false),
  };
}

function section(title: string, inline: boolean, ...children: readonly Child[]): HTMLElement {
  const look = { class: inline ? 'panel inline' : 'panel', 'aria-label': title };
  return el('section', inline ? look : { ...look, role: 'dialog', hidden: true }, ...children);
}

interface Launcher {
  readonly node: HTMLElement;
  show(open: boolean): void;
  unread(count: number): void;
}

function launcherNode(strings: Strings): Launcher {
  const badge = el('span', { class: 'badge', 'aria-hidden': 'true' });
  const node = el('button', { type: 'button', class: 'launcher' });
  let open = false;
  let waiting = 0;
  const look = (): void => {
    const label = open ? strings.close : strings.open;
    badge.hidden = waiting === 0;
    setText(badge, waiting > 9 ? '9+' : String(waiting));
    node.setAttribute('aria-label', waiting === 0 ? label : `${label} (${waiting} ${strings.unread})`);
    node.setAttribute('aria-expanded', String(open));
    node.classList.toggle('opened', open);
  };
  const show = (now: boolean): void => {
    open = now;
    node.replaceChildren(icon(open ? 'close' : 'chat'), badge);
    look();
  };
  show(false);
  return {
    node,
    show,
    unread(count) {
      waiting = count;
      look();
    },
  };
}
