/** Nodes, made one by one: nothing here or anywhere in the widget parses HTML. */

export type Child = Node | string | null | undefined | false;
type Property = string | boolean | undefined | ((event: Event) => void);

/** An element with attributes; a function listens to the event of that name. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Readonly<Record<string, Property>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, '');
    else if (typeof value === 'string') node.setAttribute(name, value);
  }
  node.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

const ICONS = {
  chat: 'M4 5.5A2.5 2.5 0 0 1 6.500 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.500H11l-4.6 4.100A.85.85 0 0 1 5 19.500V16a2.500 2.500 0 0 1-1-2z',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M4 12l16-8-5.500 16-3.200-6.300zM11.300 13.700L20 4',
  clip: 'M20 11.500l-8.300 8.300a5 5 0 0 1-7.100-7.100l8.700-8.700a3.400 3.400 0 0 1 4.800 4.800l-8.600 8.600a1.700 1.700 0 0 1-2.400-2.400l7.900-7.900',
  down: 'M12 5v14M6 13l6 6 6-6',
} as const;

export function icon(name: keyof typeof ICONS): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** The address in its normal form where following it is harmless, else undefined. */
export function safeHref(href: string): string | undefined {
  if (!URL.canParse(href)) return undefined;
  const url = new URL(href);
  return /^(?:https?|mailto):$/.test(url.protocol) ? url.href : undefined;
}

/** A link to elsewhere; where the address is not harmless, its text alone. */
export function link(href: string, hint: string, ...children: readonly Child[]): HTMLElement {
  const safe = safeHref(href);
  if (safe === undefined) return el('span', {}, ...children);
  return el(
    'a',
    { href: safe, target: '_blank', rel: 'noopener noreferrer nofollow' },
    ...children,
    el('span', { class: 'hidden' }, ` (${hint})`),
  );
}

/** Random, also on a page without TLS, where `crypto.randomUUID` is missing. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
