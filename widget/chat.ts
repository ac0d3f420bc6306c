/** The chat without its looks: what is said both ways, kept until the hub has it, and shown once. */
import type { WebError, WidgetAnswer } from '../src/channels/web/wire.ts';
import { openApi, type Result } from './api.ts';
import { randomId } from './dom.ts';
import { incoming } from './incoming.ts';
import { type Line, type LineState, openLine } from './line.ts';
import { type Entry, type Mine, type OutFrame, openMemory, type Theirs } from './memory.ts';
import { outbox } from './outbox.ts';
import { uploads } from './uploads.ts';

export interface ChatOptions {
  readonly server: string;
  readonly channel: string;
  identity(): Promise<string | undefined>;
}

export interface ChatEvents {
  added(entry: Entry): void;
  changed(entry: Entry): void;
  typing(active: boolean): void;
  line(state: LineState): void;
  refused(error: WebError): void;
}

export interface Chat {
  readonly entries: readonly Entry[];
  readonly wasOpen: boolean;
  unread(): number;
  look(): Promise<Result<WidgetAnswer>>;
  /** Opens the line, and a session where there is none; again is harmless. */
  start(events: ChatEvents): void;
  say(type: string, fields: Readonly<Record<string, unknown>>, label: string): void;
  /** A file, as soon as the hub has it. */
  attach(file: File): void;
  again(entry: Mine): void;
  /** False for a file that is no longer at hand. */
  canRepeat(entry: Mine): boolean;
  /** A file that is on its way. */
  cancel(entry: Mine): void;
  /** The visitor is writing. */
  writing(active: boolean): void;
  /** The visitor opened or closed the chat: remembered for the next page. */
  opened(open: boolean): void;
  /** The visitor looks at the messages, or does not any more. */
  watch(looking: boolean): void;
  done(entry: Theirs): void;
  close(): void;
}

/** Signs of life are worth a frame only so often. */
const TYPING_EVERY_MS = 4_000;

const NOT_STARTED: Result<never> = {
  ok: false,
  again: true,
  error: { code: 'unavailable', message: 'not started' },
};

export function openChat({ server, channel, identity }: ChatOptions): Chat {
  const door = `${server}web/${encodeURIComponent(channel)}/`;
  const memory = openMemory(`patchbay:${door}`);
  const added = (entry: Entry): void => events?.added(entry);
  const changed = (entry: Entry): void => events?.changed(entry);
  const api = openApi({ door, memory, identity, ended: () => added(memory.note('ended')) });
  const deliver = async (frame: OutFrame): Promise<Result<unknown>> => line?.deliver(frame) ?? NOT_STARTED;
  const queue = outbox({ memory, deliver, changed });
  const typing = (active: boolean): void => events?.typing(active);
  const inbox = incoming({ memory, queue, isLooking: () => looking, added, changed, typing });
  const first = (): Readonly<Record<string, unknown>> => (isFirst(memory.entries) ? { context: page() } : {});
  const files = uploads({ door, api, memory, context: first, added, changed, ready: () => queue.pump() });
  let line: Line | undefined;
  let events: ChatEvents | undefined;
  let looking = false;
  let typedAt = 0;

  return {
    get entries() {
      return memory.entries;
    },
    wasOpen: memory.open,
    unread: () => memory.entries.filter(entry => entry.who === 'them' && entry.looked !== true).length,
    look: api.look,
    start(given) {
      events = given;
      line ??= openLine({
        door,
        api,
        after: () => memory.after,
        onMessage: inbox.take,
        onState(state) {
          given.line(state);
          if (state === 'open') queue.pump();
        },
        onRefused: error => given.refused(error),
      });
    },
    say(type, fields, label) {
      const id = randomId();
      const frame: OutFrame = { id, type, ...fields, ...first() };
      const entry: Mine = { who: 'me', id, at: Date.now(), frame, label, state: 'sending' };
      typedAt = 0;
      memory.add(entry);
      events?.added(entry);
      queue.pump();
    },
    attach: files.add,
    cancel: files.cancel,
    canRepeat: entry => entry.frame.type !== 'media' || entry.frame.upload !== undefined || files.has(entry),
    again(entry) {
      if (files.has(entry)) return files.again(entry);
      entry.state = 'sending';
      events?.changed(entry);
      queue.pump();
    },
    writing(active) {
      const due = active ? Date.now() - typedAt > TYPING_EVERY_MS : typedAt > 0;
      if (!due || line?.isOpen() !== true) return;
      typedAt = active ? Date.now() : 0;
      void deliver({ id: randomId(), type: 'typing', active });
    },
    opened(open) {
      memory.open = open;
      memory.save();
    },
    watch(now) {
      looking = now;
      if (now) for (const entry of memory.entries) if (entry.who === 'them') queue.receipt(entry, true);
    },
    done(entry) {
      entry.done = true;
      memory.save();
      events?.changed(entry);
    },
    close() {
      files.close();
      inbox.close();
      line?.close();
      queue.close();
    },
  };
}

const isFirst = (entries: readonly Entry[]): boolean => !entries.some(entry => entry.who === 'me');

/** Where the visitor is, told once with their first message. */
function page(): Readonly<Record<string, string>> {
  const told = {
    url: location.href,
    referrer: document.referrer,
    title: document.title,
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== '' && value.length < 2_000));
}
