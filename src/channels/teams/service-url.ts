/**
 * Where a conversation is reached. Whoever could name another address would be sent our token there, so an address
 * counts only below one that is allowed.
 */

/** The address with a slash at its end; null for one that is not allowed or is none. */
export function allowedServiceUrl(text: string | undefined, allowed: readonly string[]): string | null {
  const asked = parsed(text);
  if (asked === null) return null;
  return allowed.some(one => isBelow(asked, parsed(one))) ? asked.href : null;
}

const isBelow = (asked: URL, allowed: URL | null): boolean =>
  allowed !== null && asked.origin === allowed.origin && asked.pathname.startsWith(allowed.pathname);

/** Nothing that one reader takes for a separator and another for a letter. */
const WRITTEN = /^https?:\/\/[\w.~:/[\]%@!$&'()*+,;=-]+$/i;

/** Without credentials, query or fragment: none of them belongs there, and each could hide something. */
function parsed(text: string | undefined): URL | null {
  if (text === undefined || text.length > 1_000 || !WRITTEN.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** The same address, with or without a slash at its end. */
export const sameServiceUrl = (one: string, other: string): boolean =>
  one.replace(/\/$/, '') === other.replace(/\/$/, '');
