/** Ids that look like the platforms' own, from a given source of chance. */

const DIGITS = '0123456789';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const HEX = '0123456789abcdef';

const pick = (from: string, count: number, random: () => number): string =>
  Array.from({ length: count }, () => from[Math.floor(random() * from.length)] ?? from[0]).join('');

export const digits = (count: number, random: () => number): string => pick(DIGITS, count, random);
/** Capital letters and digits. */
export const letters = (count: number, random: () => number): string => pick(UPPER, count, random);
export const hex = (count: number, random: () => number): string => pick(HEX, count, random);

/** Bytes as base64, without a meaning. */
export const base64 = (bytes: number, random: () => number): string =>
  Buffer.from(Array.from({ length: bytes }, () => Math.floor(random() * 256))).toString('base64');
