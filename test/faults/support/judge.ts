/** The verdict: what was acknowledged, held against what the platforms took. Pure, so that it can be tested itself. */

/** One message that a person sent, and the hub answered for. */
export interface Told {
  /** Of nine digits; the reply repeats it. */
  readonly number: number;
  readonly type: string;
  readonly conversation: string;
  /** What the reply must hold: one word for a short one, two for one that may go out in parts. */
  readonly words: readonly string[];
  /** Whether the hub answered 200 at least once. */
  readonly acknowledged: boolean;
}

/** One call that a platform took, in the order it took them. */
export interface Taken {
  readonly seq: number;
  readonly type: string;
  readonly conversation: string | null;
  readonly text: string;
  readonly marker: string | null;
  readonly platformId: string | null;
}

/** A word of a reply to a message, as `omega 100000017`. */
export interface Finding {
  readonly what: string;
  readonly number: number;
  readonly conversation: string;
  /** The calls it is about, by their `seq`. */
  readonly calls: readonly number[];
}

export interface Verdict {
  /** Acknowledged, and a word of its reply never came. */
  readonly lost: readonly Finding[];
  /** A word came more than once. */
  readonly doubled: readonly Finding[];
  /** Kept back for an operator although all of it came. */
  readonly wronglyParked: readonly Finding[];
  /** A word came before one of an earlier message of its conversation. */
  readonly outOfOrder: readonly Finding[];
  /** A reply to nothing that was told, or in another conversation than the message. */
  readonly strange: readonly Finding[];
}

const WORD = /\b([a-z]+) (\d{9})\b/g;

const NONE: ReadonlySet<number> = new Set();

/**
 * `told` in the order in which the messages of each conversation were sent. A reply that was `parked` is not lost,
 * but it may not have come whole either: then parking it was wrong.
 */
export function judge(
  told: readonly Told[],
  taken: readonly Taken[],
  words: ReadonlySet<string>,
  parked: ReadonlySet<number> = NONE,
): Verdict {
  const expected = new Map(told.map(message => [message.number, message]));
  const calls = new Map<string, number[]>();
  const firsts = new Map<string, { readonly word: string; readonly seq: number }[]>();
  const strange: Finding[] = [];
  for (const call of taken) {
    for (const [, word = '', digits] of call.text.matchAll(WORD)) {
      if (!words.has(word)) continue;
      const number = Number(digits);
      const message = expected.get(number);
      const key = `${word} ${number}`;
      if (message === undefined || placeOf(message) !== placeOf(call)) {
        strange.push({ what: key, number, conversation: placeOf(call), calls: [call.seq] });
        continue;
      }
      const before = calls.get(key);
      if (before !== undefined) before.push(call.seq);
      else {
        calls.set(key, [call.seq]);
        const place = placeOf(call);
        firsts.set(place, [...(firsts.get(place) ?? []), { word: key, seq: call.seq }]);
      }
    }
  }
  return { ...missingOrMore(told, calls, parked), outOfOrder: disorder(told, firsts), strange };
}

const placeOf = ({ type, conversation }: { readonly type: string; readonly conversation: string | null }) =>
  `${type}/${conversation}`;

function missingOrMore(
  told: readonly Told[],
  calls: ReadonlyMap<string, readonly number[]>,
  parked: ReadonlySet<number>,
): Omit<Verdict, 'outOfOrder' | 'strange'> {
  const lost: Finding[] = [];
  const doubled: Finding[] = [];
  const wronglyParked: Finding[] = [];
  for (const message of told) {
    const isParked = parked.has(message.number);
    if (isParked && message.words.every(word => calls.has(`${word} ${message.number}`))) {
      const what = `parked ${message.number}`;
      wronglyParked.push({ what, number: message.number, conversation: placeOf(message), calls: [] });
    }
    for (const word of message.words) {
      const what = `${word} ${message.number}`;
      const seen = calls.get(what) ?? [];
      const finding = { what, number: message.number, conversation: placeOf(message), calls: seen };
      if (seen.length === 0 && message.acknowledged && !isParked) lost.push(finding);
      if (seen.length > 1) doubled.push(finding);
    }
  }
  return { lost, doubled, wronglyParked };
}

/** Only first appearances: what came twice is told as that. */
function disorder(
  told: readonly Told[],
  firsts: ReadonlyMap<string, readonly { readonly word: string; readonly seq: number }[]>,
): readonly Finding[] {
  const rank = new Map<string, number>(
    told.flatMap(({ number, words }, at) =>
      words.map((word, part) => [`${word} ${number}`, at * 10 + part] as const),
    ),
  );
  return [...firsts].flatMap(([conversation, came]) => {
    let highest = -1;
    return came.flatMap(({ word, seq }) => {
      const own = rank.get(word) ?? -1;
      const late = own < highest;
      highest = Math.max(highest, own);
      const number = Number(word.split(' ')[1]);
      return late ? [{ what: word, number, conversation, calls: [seq] }] : [];
    });
  });
}
