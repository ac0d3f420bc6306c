/** What bytes are, by the bytes: what the sender or the platform calls them is a claim. */

/** As much of the beginning as is looked at. */
export const PREFIX_BYTES = 4_100;

/** By its first bytes; `application/octet-stream` where nothing can be said. */
export async function typeOf(prefix: Uint8Array): Promise<string> {
  const found = await byMagic(prefix.subarray(0, PREFIX_BYTES));
  return found ?? textTypeOf(prefix) ?? 'application/octet-stream';
}

async function byMagic(prefix: Uint8Array): Promise<string | undefined> {
  // Loaded when the first media comes in.
  const { fileTypeFromBuffer } = await import('file-type');
  try {
    const mime = (await fileTypeFromBuffer(prefix))?.mime;
    // What is XML may still be a picture or a page; of parameters, as codecs, nobody here knows.
    return mime === 'application/xml' ? undefined : mime?.split(';')[0];
  } catch {
    // A container whose index lies beyond the prefix.
    return undefined;
  }
}

/** A browser takes the first of these for a page, wherever it stands behind white space and comments. */
const PAGE =
  /^\s*(?:<!--[\s\S]*?-->\s*)*<(?:!doctype html|html|head|body|script|iframe|style|title|meta|a|b|br|div|font|h1|img|p|table|form|object|embed|base)\b/i;
const SVG = /<svg[\s>]/i;
const XML = /^\s*<\?xml\b|^\s*<!doctype\b/i;

function textTypeOf(prefix: Uint8Array): string | undefined {
  const text = decode(prefix);
  if (text === undefined) return undefined;
  if (PAGE.test(text)) return 'text/html';
  if (SVG.test(text)) return 'image/svg+xml';
  return XML.test(text) ? 'application/xml' : 'text/plain';
}

/** Undefined where it is no text; a character that the prefix cuts in two is left out. */
function decode(prefix: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(prefix, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for exactly those
    return /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

const ALIASES: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'audio/mp3': 'audio/mpeg',
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'video/x-m4v': 'video/mp4',
  'audio/wave': 'audio/wav',
  'audio/x-wav': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/opus': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'application/x-zip-compressed': 'application/zip',
  'application/x-pdf': 'application/pdf',
};

/** Containers that hold sound or pictures, and others that are a ZIP or text within. */
const essence = (type: string): string => {
  const [plain = ''] = type.toLowerCase().split(';');
  const name = plain.trim();
  return ALIASES[name] ?? name;
};

/** Whether what was claimed may be what was found. Where nothing was claimed or found, nothing disagrees. */
export function agree(claimed: string | null, found: string): boolean {
  if (claimed === null || claimed.trim() === '') return true;
  const [one, other] = [essence(claimed), essence(found)];
  if (one === other || one === 'application/octet-stream') return true;
  if (one.endsWith('/*')) return other.startsWith(one.slice(0, -1));
  const container = (type: string): string | null =>
    /^(?:audio|video)\/(mp4|ogg|webm|quicktime|3gpp)$/.exec(type)?.[1] ?? null;
  if (container(one) !== null && container(one) === container(other)) return true;
  if (other === 'application/zip')
    return /^application\/(?:vnd\.(?:openxmlformats|oasis)|epub|java-archive|vnd\.android)/.test(one);
  if (other === 'text/plain')
    return one.startsWith('text/') || /[/+](?:json|xml|csv|yaml|javascript)$/.test(one);
  if (other === 'application/xml') return /[/+]xml$/.test(one);
  return other === 'application/x-cfb' && /^application\/(?:msword|vnd\.ms-)/.test(one);
}

/** Types a browser runs or may take for a page: given out as bytes without a meaning. */
const ACTIVE = /^(?:text\/(?!plain$)|image\/svg|application\/(?:xml|xhtml|javascript|pdf-script)|.*\+xml$)/;

/** What is said to a browser. */
export const servedType = (type: string): string =>
  ACTIVE.test(type) || !/^[\w.+-]+\/[\w.+-]+$/.test(type) ? 'application/octet-stream' : type;
