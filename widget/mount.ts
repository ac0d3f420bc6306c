/** One chat in one element: its looks fetched, its past shown, its line opened when it is wanted. */
import type { WidgetAnswer } from '../src/channels/web/wire.ts';
import { openChat } from './chat.ts';
import type { EntryContext } from './entries.ts';
import { pickLanguage, stringsOf } from './strings.ts';
import { adoptStyles } from './styles.ts';
import { openView, type View } from './view.ts';

export interface Mounted {
  open(): void;
  close(): void;
  unmount(): void;
}

/** `server` is the address of the hub, with a slash at its end. */
export function mount(host: HTMLElement, root: ShadowRoot, server: string): Mounted {
  const inline = host.hasAttribute('inline');
  const chat = openChat({
    server,
    channel: host.getAttribute('channel') ?? '',
    identity: () => identityOf(host),
  });
  const paint = adoptStyles(root);
  let view: View | undefined;
  let open = false;
  let wanted = inline || host.hasAttribute('open') || chat.wasOpen;
  let unmounted = false;

  const look = (): void => {
    const looking = open && document.visibilityState === 'visible';
    chat.watch(looking);
    view?.unread(open ? 0 : chat.unread());
  };

  const start = async (): Promise<void> => {
    const answer = await chat.look();
    if (unmounted) return;
    if (!answer.ok && !answer.again) {
      console.warn(`patchbay-chat: ${answer.error.message}`);
      return;
    }
    const looks = answer.ok ? answer.value : PLAIN;
    const { title, greeting, languages } = looks;
    paint(looks.colour);
    const language = languageOf(host, languages);
    host.lang = language;
    const strings = stringsOf(language);
    // The chat does what the entries ask for.
    const context: EntryContext = { ...chat, strings, language, name: title, server };
    const shown = openView({
      root,
      strings,
      title,
      inline,
      maxText: looks.max_text,
      files: looks.uploads ?? null,
      attach: chat.attach,
      context,
      writing: chat.writing,
      toggle(now) {
        open = now;
        chat.opened(now);
        if (now) begin();
        look();
      },
    });
    view = shown;
    if (greeting !== undefined) shown.greet(greeting);
    for (const entry of chat.entries) shown.added(entry, chat.entries);
    const begin = (): void =>
      chat.start({
        added(entry) {
          shown.added(entry, chat.entries);
          look();
        },
        changed: entry => shown.changed(entry, chat.entries),
        typing: shown.typing,
        line: state => shown.status(state === 'open' ? '' : strings[state]),
        refused: error => shown.refuse(error.code === 'identity-required' ? strings.signIn : strings.away),
      });
    if (inline) {
      open = true;
      begin();
    } else if (wanted) shown.open(false);
    // Someone who has written before gets answers while the panel is closed.
    else if (chat.entries.length > 0) begin();
    look();
  };

  document.addEventListener('visibilitychange', look);
  void start();
  return {
    open() {
      wanted = true;
      view?.open(true);
    },
    close() {
      wanted = false;
      view?.close();
    },
    unmount() {
      unmounted = true;
      document.removeEventListener('visibilitychange', look);
      chat.close();
      root.replaceChildren();
    },
  };
}

/** How it looks as long as nobody can be asked. */
const PLAIN: WidgetAnswer = { title: 'Chat', colour: '#2563eb', anonymous: true, max_text: 4_000 };

/** The element's own language, the page's, the browser's: the first that the channel offers. */
const languageOf = (host: HTMLElement, offered: readonly string[] | undefined): string =>
  pickLanguage([host.lang, document.documentElement.lang, ...navigator.languages], offered);

/** A token in the page, or the address of the site's own backend that gives a fresh one. */
async function identityOf(host: HTMLElement): Promise<string | undefined> {
  const url = host.getAttribute('identity-url');
  if (url === null) return host.getAttribute('identity') ?? undefined;
  try {
    const answer = await fetch(url, { credentials: 'same-origin', cache: 'no-store' });
    const { identity } = (await answer.json()) as { identity?: string | null };
    return identity ?? undefined;
  } catch {
    return undefined;
  }
}
