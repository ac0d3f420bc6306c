/**
 * Where the hub may go to fetch what others named. An address is judged after `new URL` has read it, and the same
 * object is connected to; a name is looked up once, every answer is judged, and the connection goes to what was
 * judged and nowhere else.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './addresses.ts';

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface GuardOptions {
  /**
   * Base URLs of the hub's own stand-ins for platforms: exactly what lies below one may be fetched, whatever its
   * address. Empty outside the sandbox.
   */
  readonly trusted?: readonly string[];
  /** Every address of a name. */
  readonly resolve?: (host: string) => Promise<readonly Address[]>;
  /** Others than the public ones, and other ports: only for finding out what the guard does. */
  readonly isAllowedAddress?: (address: string) => boolean;
  readonly ports?: readonly number[];
}

export type Judged =
  | {
      readonly ok: true;
      readonly url: URL;
      readonly addresses: readonly Address[];
      /** Of our own stand-in. */
      readonly trusted: boolean;
    }
  /** The reason names no address: whoever sent the URL learns nothing of the network. */
  | { readonly ok: false; readonly code: 'blocked' | 'unavailable'; readonly reason: string };

export interface Guard {
  /** Never rejects. */
  judge(url: string, base?: URL): Promise<Judged>;
  /** Whether a socket that was opened leads to where it was allowed to. */
  isAllowedPeer(address: string | undefined, judged: Extract<Judged, { ok: true }>): boolean;
}

const PORTS = [80, 443];

export function guard(options: GuardOptions = {}): Guard {
  const { resolve = resolveAll, isAllowedAddress = isPublicAddress, ports = PORTS } = options;
  const trusted = (options.trusted ?? []).map(base => new URL(base.endsWith('/') ? base : `${base}/`));

  async function judge(text: string, base?: URL): Promise<Judged> {
    const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : null;
    const objection = url === null ? 'not an address' : objectionTo(url);
    if (url === null || objection !== null) return blocked(objection ?? '');
    const host = bare(url.hostname);
    const own = literal(host);
    if (trusted.some(root => isBelow(url, root)))
      return { ok: true, url, addresses: [own ?? { address: '127.0.0.1', family: 4 }], trusted: true };
    if (!ports.includes(portOf(url))) return blocked('a port that is not of the web');
    if (own !== null) return checked(url, [own]);
    if (!isPublicName(host)) return blocked('a name of an inner network');
    try {
      return checked(url, await resolve(host));
    } catch {
      return { ok: false, code: 'unavailable', reason: 'the name could not be looked up' };
    }
  }

  /** One private address among public ones is enough: which one the connection would take is not ours to say. */
  function checked(url: URL, addresses: readonly Address[]): Judged {
    if (addresses.length === 0)
      return { ok: false, code: 'unavailable', reason: 'the name could not be looked up' };
    if (!addresses.every(({ address }) => isAllowedAddress(address)))
      return blocked('an address that is not public');
    return { ok: true, url, addresses, trusted: false };
  }

  return {
    judge,
    isAllowedPeer: (address, judged) =>
      address !== undefined &&
      (judged.trusted ||
        (isAllowedAddress(unmapped(address)) &&
          judged.addresses.some(known => same(known.address, address)))),
  };
}

function objectionTo({ protocol, username, password }: URL): string | null {
  if (protocol !== 'https:' && protocol !== 'http:') return 'not an http(s) address';
  return username !== '' || password !== '' ? 'an address with credentials' : null;
}

const blocked = (reason: string): Judged => ({ ok: false, code: 'blocked', reason });

const portOf = (url: URL): number =>
  url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

function literal(host: string): Address | null {
  const family = isIP(host);
  return family === 0 ? null : { address: host, family: family === 6 ? 6 : 4 };
}

/** Same scheme, host and port, and a path below; `new URL` has taken out dots and backslashes before. */
const isBelow = (url: URL, root: URL): boolean =>
  url.origin === root.origin && url.pathname.startsWith(root.pathname) && !/%2f|%5c|%2e/i.test(url.pathname);

/** RFC 6761, RFC 6762, RFC 9476 and what clouds and private networks use; all would resolve only inside. */
const INNER =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|private|home\.arpa|test|invalid|onion)$/;

const isPublicName = (host: string): boolean => {
  const name = host.toLowerCase().replace(/\.$/, '');
  return name.includes('.') && name.length <= 253 && /^[a-z0-9._-]+$/.test(name) && !INNER.test(name);
};

const unmapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
const same = (one: string, other: string): boolean =>
  unmapped(one).toLowerCase() === unmapped(other).toLowerCase();

async function resolveAll(host: string): Promise<readonly Address[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}
