/** All there is to say of a trigger; with `--json`, just this. */
import type { InboundEvent } from '../../message/event.ts';
import type { MessageView } from '../../storage/look-up.ts';
import type { Journey } from './follow.ts';
import type { Posted, Tampering } from './post.ts';

/** One body, and every time it was sent. */
export interface Sent {
  readonly posts: readonly Posted[];
  /** What it says, as the adapter reads it. */
  readonly events: readonly InboundEvent[];
}

export interface Report {
  readonly kind: string;
  readonly channel: string;
  readonly path: string;
  readonly tamper: Tampering | null;
  /** False where only the sending was asked for. */
  readonly waited: boolean;
  readonly sent: readonly Sent[];
  /** One for each message in what was taken. */
  readonly journeys: readonly Journey[];
  readonly quarantined: readonly MessageView[];
  /** How many the hub counted meanwhile; null where nothing was sent twice. */
  readonly duplicates: number | null;
}
