import type { ProblemCode } from '../../../src/config/codes.ts';
import type { World } from '../setup.ts';

/** A world with something wrong in it, and what an operator reads about it, letter by letter. */
export interface Frame {
  readonly code: ProblemCode;
  readonly name: string;
  readonly world: World;
  readonly text: string;
}
