/** Why media could not be fetched, and how often that is worth another try. */

interface FailureRow {
  /** Fetches altogether, the first included; beyond the last the media is given up, never its message. */
  readonly tries: number;
  readonly meaning: string;
}

export const FAILURES = {
  blocked: { tries: 1, meaning: 'The address leads where the hub does not go.' },
  'too-large': { tries: 1, meaning: 'More bytes than the limit, or it would have become more.' },
  'not-found': { tries: 3, meaning: 'The platform does not know it, or no longer; asked anew each time.' },
  refused: { tries: 3, meaning: 'The platform refused, or answered what makes no sense.' },
  empty: { tries: 3, meaning: 'There was nothing in it.' },
  incomplete: { tries: 4, meaning: 'It ended before its end.' },
  timeout: { tries: 4, meaning: 'It took longer than the limit.' },
  unauthorized: {
    tries: 6,
    meaning: 'Our token is not taken, or lacks a permission: an operator may mend that.',
  },
  unavailable: { tries: 8, meaning: 'No connection, or the platform asks for another time.' },
} as const satisfies Record<string, FailureRow>;

export type FailureCode = keyof typeof FAILURES;

export interface FetchFailure {
  readonly ok: false;
  readonly code: FailureCode;
  /** For an operator: no address, no token, nothing of the bytes. */
  readonly reason: string;
}

export const failure = (code: FailureCode, reason: string): FetchFailure => ({ ok: false, code, reason });
