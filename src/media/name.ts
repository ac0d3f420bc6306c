/** File names: said by others, so they are only ever shown and never a path. */

const MAX_NAME = 120;
/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** The last part of the name, without what turns, hides or ends text; never empty. */
export function safeName(name: string | null, fallback: string): string {
  const last = (name ?? '').toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu, '')
    .replace(/[<>:"|?*;%]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.-]+|[\s.]+$/g, '');
  if (plain === '') return fallback;
  const short = shorten(plain);
  return RESERVED.test(short) ? `_${short}` : short;
}

/** With its ending, where that is one. */
function shorten(name: string): string {
  const letters = [...name];
  if (letters.length <= MAX_NAME) return name;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  return `${letters.slice(0, MAX_NAME - ending.length).join('')}${ending}`;
}

/** `Content-Disposition` for a download. https://www.rfc-editor.org/rfc/rfc6266 */
export function attachment(name: string | null, fallback: string): string {
  const safe = safeName(name, fallback);
  const ascii = safe.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '_');
  const encoded = encodeURIComponent(safe).replace(
    /['()*!]/g,
    letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
