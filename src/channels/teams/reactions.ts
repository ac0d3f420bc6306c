/** Reactions by name. The first six are named by a word, all others begin with the code of their character. */

const WORDS: Readonly<Record<string, string>> = {
  like: '👍',
  heart: '❤️',
  laugh: '😆',
  surprised: '😮',
  sad: '😢',
  angry: '😡',
  plusOne: '➕',
};

const CODE = /^([0-9a-f]{4,6})_/i;

/** The character, or the name of one nobody knows. */
export function reactionEmoji(type: string): string {
  if (Object.hasOwn(WORDS, type)) return WORDS[type] ?? type;
  const [, hex] = CODE.exec(type) ?? [];
  const code = hex === undefined ? 0 : Number.parseInt(hex, 16);
  return code > 0x2000 && code <= 0x1ffff ? String.fromCodePoint(code) : type;
}
