/**
 * `<patchbay-chat>`: the web chat in any page. One script tag is enough:
 * `<script src="https://hub.example/widget.js" data-channel="site-chat" async></script>`
 */
import { type Mounted, mount } from './mount.ts';

const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
/** The hub is where the script came from. */
const home = new URL('.', script?.src || location.href).href;

class PatchbayChat extends HTMLElement {
  #mounted: Mounted | undefined;
  readonly #root = this.attachShadow({ mode: 'open' });

  connectedCallback(): void {
    const server = new URL(this.getAttribute('server') ?? home, location.href).href;
    this.#mounted = mount(this, this.#root, server.endsWith('/') ? server : `${server}/`);
  }

  disconnectedCallback(): void {
    this.#mounted?.unmount();
  }

  open(): void {
    this.#mounted?.open();
  }

  close(): void {
    this.#mounted?.close();
  }
}

if (customElements.get('patchbay-chat') === undefined) customElements.define('patchbay-chat', PatchbayChat);

/** `data-channel` and its like become the element's attributes. */
function embed(given: DOMStringMap): void {
  const chat = document.createElement('patchbay-chat');
  for (const [name, value] of Object.entries(given)) {
    chat.setAttribute(
      name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`),
      value ?? '',
    );
  }
  document.body.append(chat);
}

if (script?.dataset.channel !== undefined) {
  const { dataset } = script;
  if (document.body === null) document.addEventListener('DOMContentLoaded', () => embed(dataset));
  else embed(dataset);
}
