/** The time after a person wrote in which Meta's platforms take free messages, known before any call. */
import type { Fault } from '../../message/fault.ts';

export const DAY_MS = 86_400_000;

/** Their clock decides, and ours may be ahead of it: the last minutes are left to them. */
const GRACE_MS = 300_000;

const HOURS_MS = 3_600_000;

/** `lastInboundAt` undefined: it is not known, and the platform decides. */
export function closedWindow(
  lastInboundAt: number | null | undefined,
  nowMs: number,
  { lengthMs, instead }: { readonly lengthMs: number; readonly instead: string },
): Fault | null {
  if (lastInboundAt === undefined) return null;
  if (lastInboundAt !== null && nowMs - lastInboundAt < lengthMs + GRACE_MS) return null;
  const why =
    lastInboundAt === null
      ? 'this person never wrote here'
      : `more than ${lengthMs / HOURS_MS} hours since this person last wrote`;
  return { code: 'window-closed', detail: `not sent: ${why}; ${instead}` };
}
