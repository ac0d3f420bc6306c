/** What tests run inside the page, as text: the tests themselves know no DOM. */

/** Gives a file to the chat as the mouse or the clipboard would; whether it was taken. */
export const BRING = `({ event, where, name, type, base64 }) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  data.items.add(new File([bytes], name, { type }));
  const init = { bubbles: true, cancelable: true, composed: true };
  const told =
    event === 'paste'
      ? new ClipboardEvent(event, { ...init, clipboardData: data })
      : new DragEvent(event, { ...init, dataTransfer: data });
  document.querySelector('patchbay-chat').shadowRoot.querySelector(where).dispatchEvent(told);
  return told.defaultPrevented;
}`;

/** The name of what has the focus. */
export const FOCUSED = `(() => {
  const node = document.querySelector('patchbay-chat').shadowRoot.activeElement;
  return node?.getAttribute('aria-label') ?? node?.className ?? '';
})()`;

/** What is wrong for somebody who does not see, point or hear as others do: names, order, sizes, roles, contrast. */
export const FAULTS = `(() => {
  const root = document.querySelector('patchbay-chat').shadowRoot;
  const found = [];
  const isShown = node => node.getClientRects().length > 0;
  const short = node => node.outerHTML.slice(0, 60);
  const told = node => (node.getAttribute('aria-label') ?? node.textContent ?? node.getAttribute('alt') ?? '').trim();
  const luminance = colour => {
    const [red, green, blue] = colour.match(/[\\d.]+/g).map(part => {
      const value = Number(part) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = node => {
    for (let at = node; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (backgroundColor !== 'rgba(0, 0, 0, 0)') return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  for (const node of root.querySelectorAll('button, a[href], input, textarea, select, progress')) {
    if (!isShown(node)) continue;
    if (told(node) === '') found.push('no name: ' + short(node));
    if (node.tabIndex > 0) found.push('out of order: ' + short(node));
    const { width, height } = node.getBoundingClientRect();
    const isInText = getComputedStyle(node).display.startsWith('inline');
    if (node.tagName === 'BUTTON' && !isInText && (width < 24 || height < 24)) found.push('too small: ' + short(node));
  }
  for (const node of root.querySelectorAll('[hidden]')) if (isShown(node)) found.push('hidden and seen: ' + short(node));
  for (const node of root.querySelectorAll('[role]'))
    if (!['log', 'status', 'alert', 'group', 'dialog'].includes(node.getAttribute('role')))
      found.push('a role of its own: ' + short(node));
  for (const node of root.querySelectorAll('.problem, .state, .muted, .again')) {
    if (!isShown(node) || node.textContent === '') continue;
    const [dark, light] = [luminance(getComputedStyle(node).color), luminance(behind(node))].sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) found.push('contrast ' + ratio.toFixed(1) + ': ' + short(node));
  }
  return found;
})()`;
