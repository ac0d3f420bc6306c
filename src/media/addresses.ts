/**
 * Which network addresses are of the public internet, by our own list. ipaddr.js reads them; what it calls
 * unicast includes addresses that lead home (`::7f00:1`) or to a cloud's inner services (`168.63.129.16`).
 * https://www.iana.org/assignments/iana-ipv4-special-registry https://www.iana.org/assignments/iana-ipv6-special-registry
 */
import ipaddr from 'ipaddr.js';

const BLOCKED_V4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8',
  '100.64.0.0/10', // shared by a provider's customers; 100.100.100.200 tells a cloud's credentials
  '127.0.0.0/8',
  '168.63.129.16/32', // the inner service of a cloud
  '169.254.0.0/16', // link-local; 169.254.169.254 tells a cloud's credentials
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3', // multicast, the future, and everybody
].map(range => ipaddr.IPv4.parseCIDR(range));

/** Only what is given out to the world; then what of it leads elsewhere after all. */
const PUBLIC_V6 = ipaddr.IPv6.parseCIDR('2000::/3');
const BLOCKED_V6 = [
  '2001::/23', // Teredo, ORCHID and other protocols
  '2001:db8::/32',
  '2002::/16', // 6to4: an IPv4 address within
  '2620:4f:8000::/48',
  '3fff::/20',
].map(range => ipaddr.IPv6.parseCIDR(range));

/** False for anything that is not one plain address of the public internet. */
export function isPublicAddress(text: string): boolean {
  // A zone id names an interface of this machine.
  if (text.includes('%')) return false;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    const address = ipaddr.IPv4.parse(text);
    return !BLOCKED_V4.some(range => address.match(range));
  }
  if (!ipaddr.IPv6.isValid(text)) return false;
  const address = ipaddr.IPv6.parse(text);
  return address.match(PUBLIC_V6) && !BLOCKED_V6.some(range => address.match(range));
}
