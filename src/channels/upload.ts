/** Files the hub keeps, on their way to a platform: what goes wrong before the message itself is certainly not sent. */
import { FAULTS, type Fault } from '../message/fault.ts';
import type { OutboundFile, OutboundMedia } from './channel.ts';

export type OpenedFile =
  | { readonly ok: true; readonly file: OutboundFile }
  | { readonly ok: false; readonly fault: Fault };

/** Never rejects. Whoever gets a file has its stream read or destroyed. */
export async function openFile(
  media: OutboundMedia | undefined,
  id: string,
  signal: AbortSignal,
): Promise<OpenedFile> {
  try {
    const file = (await media?.open(id, signal)) ?? null;
    if (file !== null) return { ok: true, file };
    return {
      ok: false,
      fault: { code: 'invalid-message', detail: 'the hub does not keep the file of this message' },
    };
  } catch {
    return {
      ok: false,
      fault: { code: 'unavailable', detail: 'the file of this message could not be read now' },
    };
  }
}

/** An upload nobody sees may be repeated: where it is open whether it worked, the message is not. */
export const beforeSending = (fault: Fault): Fault =>
  FAULTS[fault.code].class === 'ambiguous'
    ? { ...fault, code: 'unavailable', detail: `before the message: ${fault.detail}` }
    : fault;
