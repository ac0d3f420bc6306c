/** What is wrong with a configuration, as data: frames, JSON and annotations are made of the same. */
import type { ProblemCode } from './codes.ts';
import { renderProblems } from './render.ts';

/** A place in a file, with the line to show. Secrets in the line are masked already. */
export interface Place {
  /** As it is shown: relative to the working directory where it is below it. */
  readonly file: string;
  /** From 1, in the file as it is. */
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
  /** What to underline, in the excerpt, from 0. */
  readonly mark: { readonly at: number; readonly length: number };
}

export interface Problem {
  readonly code: ProblemCode;
  /** Never holds the value of a secret. */
  readonly message: string;
  /** The file, or the environment variable, it is about. */
  readonly file: string;
  /** Absent where the file as a whole is meant. */
  readonly place?: Place;
  /** The other place, where two do not go together. */
  readonly also?: { readonly place: Place; readonly label: string };
  readonly help?: string;
}

/** The configuration cannot be used. Who calls prints the message and exits 78 (`EX_CONFIG` of sysexits.h). */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(renderProblems(problems, { color: false }));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Files in the order given, then lines from the top; what was found twice is told once. */
export function orderProblems(problems: readonly Problem[], files: readonly string[]): readonly Problem[] {
  const rank = (problem: Problem) => {
    const at = files.indexOf(problem.file);
    return at < 0 ? files.length : at;
  };
  const once = new Map<string, Problem>();
  for (const problem of problems) {
    const { code, file, message, place } = problem;
    const key = JSON.stringify([code, file, message, place?.line, place?.column]);
    if (!once.has(key)) once.set(key, problem);
  }
  return [...once.values()].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      one.file.localeCompare(other.file, 'en') ||
      (one.place?.line ?? 0) - (other.place?.line ?? 0) ||
      (one.place?.column ?? 0) - (other.place?.column ?? 0),
  );
}
