/** Fields of configuration files, shared by the hub's own file and the adapters' parts of channel files. */
import { z } from 'zod';

/** A secret: only given by reference, masked wherever configuration is shown. */
export const secret = (text: string) => z.string().min(1).meta({ secret: true }).describe(text);

/** A secret that signs: a short one could be guessed. */
export const signingSecret = (text: string) =>
  z.string().min(16, 'a signing secret has at least 16 characters').meta({ secret: true }).describe(text);

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `10s`, `15m`, `2h`, `30d`; milliseconds once read. */
export const duration = (text: string) =>
  z
    .string()
    .regex(DURATION, 'expected a duration such as 500ms, 10s, 15m or 30d')
    .describe(text)
    .transform(msOf);

function msOf(value: string): number {
  const [, amount = '0', unit = 'ms'] = DURATION.exec(value) ?? [];
  return Math.round(Number(amount) * MS[unit as keyof typeof MS]);
}

/** As `duration`, or `none` where there is no bound: null once read. */
export const durationOrNone = (text: string) =>
  z
    .string()
    .refine(value => value === 'none' || DURATION.test(value), {
      error: 'expected a duration such as 500ms, 10s, 15m or 30d, or none',
    })
    .describe(text)
    .transform((value): number | null => (value === 'none' ? null : msOf(value)));

const RATE = /^(\d{1,6})\/(\d{1,6})?(ms|s|m|h|d)(?: burst (\d{1,6}))?$/;

/** `80/s`, `1/6s`, `20/m burst 5`; `none` where there is no limit. Null or a rate once read. */
export const rate = (text: string) =>
  z
    .string()
    .refine(value => value === 'none' || isRate(value), {
      error: 'expected a rate such as 80/s, 1/6s or 20/m burst 5, or none',
    })
    .describe(text)
    .transform((value): { count: number; perMs: number; burst: number } | null => {
      if (value === 'none') return null;
      const [, count = '1', amount = '1', unit = 's', burst = count] = RATE.exec(value) ?? [];
      const perMs = Number(amount) * MS[unit as keyof typeof MS];
      return { count: Number(count), perMs, burst: Number(burst) };
    });

function isRate(value: string): boolean {
  const [, count, amount = '1', , burst = '1'] = RATE.exec(value) ?? [];
  return [count, amount, burst].every(part => Number(part) > 0);
}

const SIZE = /^(\d+)(b|kb|mb|gb)$/i;
const BYTES = { b: 1, kb: 1_000, mb: 1_000_000, gb: 1_000_000_000 } as const;

/** `64kb`, `20mb`; bytes once read. */
export const size = (text: string) =>
  z
    .string()
    .regex(SIZE, 'expected a size such as 64kb or 20mb')
    .describe(text)
    .transform(value => {
      const [, amount = '0', unit = 'b'] = SIZE.exec(value) ?? [];
      return Number(amount) * BYTES[unit.toLowerCase() as keyof typeof BYTES];
    });

/** Where an adapter's calls go. Always configurable: that is how tests, proxies and the sandbox get in. */
export const baseUrl = (text: string, fallback: string) =>
  z
    .url({ protocol: /^https?$/, error: 'expected an http(s) address' })
    .default(fallback)
    .describe(text);
