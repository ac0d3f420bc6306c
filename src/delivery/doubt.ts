/**
 * For how long deliveries have been in doubt, by a clock that never jumps: set back for a day, the wall clock would
 * make a wait of a minute one of a day.
 */
export interface Doubts {
  /** How long it has been in doubt; where that is not known, as after a start, `atFirstMs` and counting from now. */
  ageOf(delivery: string, atFirstMs: number): number;
  begin(delivery: string): void;
  end(delivery: string): void;
}

/** The oldest are forgotten: they are as after a start then. */
const MAX_KNOWN = 50_000;

export function doubtBook(now: () => number): Doubts {
  const since = new Map<string, number>();

  function note(delivery: string, at: number): number {
    since.delete(delivery);
    since.set(delivery, at);
    const [oldest] = since.keys();
    if (since.size > MAX_KNOWN && oldest !== undefined) since.delete(oldest);
    return at;
  }

  return {
    ageOf: (delivery, atFirstMs) => now() - (since.get(delivery) ?? note(delivery, now() - atFirstMs)),
    begin: delivery => void note(delivery, now()),
    end: delivery => void since.delete(delivery),
  };
}
