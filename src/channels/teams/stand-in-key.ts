/**
 * The key a stand-in for Microsoft signs with, made of the bot's app password: whoever knows the password can sign
 * for the sandbox, from any process and after every restart. Microsoft's own tokens have nothing to do with it, and
 * no channel believes it whose keys come from Microsoft.
 */
import { checkPrimeSync, createHmac, createPrivateKey, type KeyObject } from 'node:crypto';

export interface StandInKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** The public half, as JWK. */
  readonly n: string;
  readonly e: string;
}

const MAX_KEPT = 100;
const kept = new Map<string, StandInKey>();

/** Making one takes a tenth of a second, so they are kept. */
export function standInKey(appPassword: string): StandInKey {
  const known = kept.get(appPassword);
  if (known !== undefined) return known;
  const made = makeKey(appPassword);
  kept.set(appPassword, made);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
  return made;
}

const EXPONENT = 65_537n;
const PRIME_BYTES = 128;

/** https://www.rfc-editor.org/rfc/rfc7518#section-6.3 */
function makeKey(seed: string): StandInKey {
  const p = primeOf(seed, 'p');
  const q = primeOf(seed, 'q');
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const [n, e] = [encoded(p * q), encoded(EXPONENT)];
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n,
      e,
      d: encoded(d),
      p: encoded(p),
      q: encoded(q),
      dp: encoded(d % (p - 1n)),
      dq: encoded(d % (q - 1n)),
      qi: encoded(inverse(q, p)),
    },
  });
  const kid = createHmac('sha256', 'stand-in').update(n).digest('base64url').slice(0, 27);
  return { kid, privateKey, n, e };
}

/** The first prime at or after a number made of the seed. */
function primeOf(seed: string, label: string): bigint {
  const blocks = Array.from({ length: PRIME_BYTES / 32 }, (_, index) =>
    createHmac('sha256', seed).update(`stand-in ${label} ${index}`).digest(),
  );
  const bytes = Buffer.concat(blocks);
  // The product of two numbers whose upper two bits are set has exactly twice their bits.
  bytes[0] = (bytes[0] ?? 0) | 0xc0;
  bytes[PRIME_BYTES - 1] = (bytes[PRIME_BYTES - 1] ?? 0) | 1;
  const start = BigInt(`0x${bytes.toString('hex')}`);
  const rests = SMALL_PRIMES.map(prime => Number(start % BigInt(prime)));
  for (let step = 0; ; step += 2) {
    // Almost every number falls to a small prime, which costs far less than the real test.
    if (SMALL_PRIMES.some((prime, index) => ((rests[index] ?? 0) + step) % prime === 0)) continue;
    const candidate = start + BigInt(step);
    if (candidate % EXPONENT !== 1n && checkPrimeSync(candidate)) return candidate;
  }
}

const SMALL_PRIMES: readonly number[] = Array.from({ length: 2_500 }, (_, index) => index + 3).filter(
  number => {
    for (let factor = 2; factor * factor <= number; factor++) if (number % factor === 0) return false;
    return number > 2;
  },
);

/** The extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [previous, rest] = [modulus, value % modulus];
  let [before, factor] = [0n, 1n];
  while (rest !== 0n) {
    const quotient = previous / rest;
    [previous, rest] = [rest, previous - quotient * rest];
    [before, factor] = [factor, before - quotient * factor];
  }
  return ((before % modulus) + modulus) % modulus;
}

function encoded(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
