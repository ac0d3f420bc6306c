/**
 * For how long deliveries have been in doubt, by a clock that never jumps: set back for a day, the wall clock would
 * make a wait of a minute one of a day.
 */
export interface Doubts {
  /** How long it has been in doubt; where that is not known, as after a start, `atFirstMs` and counting from now. */
  ageOf(delivery: string, atFirstMs: number): number;
  begin(delivery: string): void;
  /** For how long it has been asked about in vain; the first to ask is told 0. In a queue for that, nobody asks yet. */
  unansweredFor(delivery: string): number;
  end(delivery: string): void;
}

/** The oldest are forgotten: they are as after a start then. */
const MAX_KNOWN = 50_000;

export function doubtBook(now: () => number): Doubts {
  const since = new Map<string, number>();
  const inVainSince = new Map<string, number>();

  function note(book: Map<string, number>, delivery: string, at: number): number {
    book.delete(delivery);
    book.set(delivery, at);
    const [oldest] = book.keys();
    if (book.size > MAX_KNOWN && oldest !== undefined) book.delete(oldest);
    return at;
  }

  return {
    ageOf: (delivery, atFirstMs) => now() - (since.get(delivery) ?? note(since, delivery, now() - atFirstMs)),
    begin(delivery) {
      note(since, delivery, now());
      inVainSince.delete(delivery);
    },
    unansweredFor: delivery => now() - (inVainSince.get(delivery) ?? note(inVainSince, delivery, now())),
    end(delivery) {
      since.delete(delivery);
      inVainSince.delete(delivery);
    },
  };
}
