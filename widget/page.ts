/** The hub's own page: which channels there are and how they do, and the chat. */
import { el } from './dom.ts';

interface ChannelState {
  readonly id: string;
  readonly type: string;
  readonly webhook: string;
  readonly state: string;
  /** What to set so that the real platform takes the sandbox's place. */
  readonly missing?: readonly string[];
}

const EVERY_MS = 10_000;

const find = (id: string): HTMLElement => document.getElementById(id) ?? document.body;

/** What the state is like; one we do not know stays plain. */
const MOODS: Readonly<Record<string, string>> = { ready: 'good', sandbox: 'warn' };

const namesNode = (names: readonly string[]): HTMLElement => el('code', {}, names.join(', '));

const channelNode = ({ id, type, webhook, state, missing = [] }: ChannelState): HTMLElement =>
  el(
    'li',
    {},
    el('span', { class: 'name' }, id, el('span', { class: 'type' }, type)),
    el('code', { class: 'path' }, webhook),
    missing.length === 0 ? null : el('span', { class: 'missing' }, 'To go live set ', namesNode(missing)),
    el('span', { class: `state ${MOODS[state] ?? ''}` }, state),
  );

let shown = '';

function show(channels: readonly ChannelState[]): void {
  const now = JSON.stringify(channels);
  if (now === shown) return;
  shown = now;
  const list = find('list');
  list.replaceChildren(...channels.map(channelNode));
  list.hidden = channels.length === 0;
  const state = find('state');
  state.hidden = channels.length > 0;
  state.textContent = 'No channel is set up yet.';
  const chat = channels.find(channel => channel.type === 'web');
  find('no-chat').hidden = chat !== undefined;
  if (chat === undefined || document.querySelector('patchbay-chat') !== null) return;
  find('chat').append(el('patchbay-chat' as 'div', { channel: chat.id, inline: true }));
}

async function refresh(): Promise<void> {
  try {
    // 503 while a channel is down: what it says is the same, and the more wanted.
    const answer = await fetch('/readyz', { headers: { accept: 'application/json' }, cache: 'no-store' });
    const { channels } = (await answer.json()) as { channels?: readonly ChannelState[] };
    show(channels ?? []);
  } catch {
    const state = find('state');
    state.hidden = false;
    state.textContent = 'The hub does not answer.';
    shown = '';
  } finally {
    setTimeout(refresh, EVERY_MS);
  }
}

find('copy').addEventListener('click', async () => {
  const button = find('copy');
  try {
    await navigator.clipboard.writeText(find('command').textContent ?? '');
    button.textContent = 'Copied';
  } catch {
    // No permission, or a page without TLS: the text is selected instead.
    getSelection()?.selectAllChildren(find('command'));
    button.textContent = 'Selected';
  }
  setTimeout(() => {
    button.textContent = 'Copy';
  }, 2_000);
});

void refresh();
