/** A loop's way to rest until it is rung, however often and whenever that was. */

export interface Bell {
  /** Ends the rest that is under way, or else the next one before it begins. */
  ring(): void;
  /** Resolves when rung, when told to stop, or after the time. One at a time. */
  rest(ms: number, stop: AbortSignal): Promise<void>;
}

/** Lighter than a signal for each round: aborting one makes an error with its stack. */
export function createBell(): Bell {
  let rung = false;
  let end = (): void => {};
  return {
    ring() {
      rung = true;
      end();
    },
    async rest(ms, stop) {
      if (!rung && !stop.aborted) {
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, ms);
          end = () => {
            clearTimeout(timer);
            stop.removeEventListener('abort', end);
            resolve();
          };
          stop.addEventListener('abort', end);
        });
        stop.removeEventListener('abort', end);
        end = () => {};
      }
      rung = false;
    },
  };
}
