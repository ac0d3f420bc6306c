/** What was missed, then what comes, without a gap and without a double. */
import type { Hall } from '../front-door.ts';
import type { DoorLimits } from './limits.ts';
import type { Streams } from './streams.ts';
import type { Push, Wire } from './wire.ts';

export interface ResumeOptions {
  readonly conversation: string;
  /** The sequence number of the last message the browser has. */
  readonly after: number;
  readonly hall: Hall;
  readonly streams: Streams;
  readonly limits: DoorLimits;
  readonly fresh: (wire: Wire) => Wire;
  /** Resolves when the connection took it; rejects or stalls when the connection is gone. */
  send(push: Push): Promise<void>;
  /** Too much came while the past was still being read. */
  overflow(): void;
}

export interface Resume {
  /** Live messages: kept until the past is told. */
  push(push: Push): void;
  /** Tells the past. Rejects when the hub's store or the connection fails. */
  start(): Promise<void>;
}

export function resume(options: ResumeOptions): Resume {
  const { conversation, after, hall, streams, limits } = options;
  const send = (push: Push): Promise<void> => options.send({ ...push, wire: options.fresh(push.wire) });
  const waiting: Push[] = [];
  const told = new Set<string>();
  let live = false;

  const tell = async (push: Push): Promise<void> => {
    if (told.has(push.id)) return;
    told.add(push.id);
    await send(push);
  };

  return {
    push(push) {
      if (live) void send(push);
      else if (waiting.length < limits.bufferedPushes) waiting.push(push);
      else options.overflow();
    },

    async start() {
      let last = after;
      for (;;) {
        const page = await hall.feed(conversation, last, limits.feedPage);
        for (const { seq, delivery, wire, at } of page) {
          last = Math.max(last, seq);
          // We wrote it ourselves: `render` made it, the hub's store kept it.
          await tell({ seq, id: delivery, wire: wire as unknown as Wire, at });
        }
        if (page.length < limits.feedPage) break;
      }
      for (const push of streams.recent(conversation)) if (push.seq > after) await tell(push);
      for (let push = waiting.shift(); push !== undefined; push = waiting.shift()) await tell(push);
      live = true;
      told.clear();
    },
  };
}
