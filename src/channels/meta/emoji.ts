/** An emoji as a character and not by its name: flags, keycaps and everything pictured. */
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

export const isEmoji = (text: string): boolean => EMOJI.test(text);
