/** The log: lines of JSON, or for people. It never holds secrets or message text: what is logged is named, field by field. */
import pino, { type Logger } from 'pino';

export type { Logger };

export interface LoggerOptions {
  readonly level: string;
  readonly format: 'pretty' | 'json';
  /** Colours, in the pretty form. */
  readonly color: boolean;
}

/** Writes to standard error, so that standard output stays what a command prints. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = pino.destination({ dest: 2, sync: false });
  const settings = { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (options.format === 'json') return pino(settings, destination);
  return pino(settings, { write: line => void destination.write(pretty(line, options.color)) });
}

const LEVELS: Readonly<Record<number, readonly [string, number]>> = {
  10: ['trace', 90],
  20: ['debug', 90],
  30: ['info ', 36],
  40: ['warn ', 33],
  50: ['error', 31],
  60: ['fatal', 31],
};

function pretty(line: string, color: boolean): string {
  const { level, time, msg, ...rest } = JSON.parse(line) as { level: number; time: string; msg: string };
  const [name, code] = LEVELS[level] ?? ['?', 0];
  const fields = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const shown = color ? `\u001b[${code}m${name}\u001b[0m` : name;
  return `${time.slice(11, 19)} ${shown} ${[msg, ...fields].join('  ')}\n`;
}
