/** What a command's end says to whoever started it. */

export const EXIT = {
  ok: 0,
  /** The command did its work and found something wrong; the hub could not start, or not go on. */
  problems: 1,
  usage: 2,
  /** No hub is running, or it does not answer. */
  unreachable: 3,
  /** Another hub holds the data folder. sysexits.h: EX_TEMPFAIL. */
  held: 75,
  /** The configuration cannot be used. sysexits.h: EX_CONFIG. */
  config: 78,
} as const;

export type ExitCode = number;
