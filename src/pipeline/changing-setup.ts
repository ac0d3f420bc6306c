/** What threads are started with, and a change of it under way. */

export interface ChangingSetup<Setup> {
  readonly current: Setup;
  readonly isChanging: boolean;
  /** Resolves when a thread with it is at work; at once where none is to be `awaited`. */
  change(next: Setup, awaited: boolean): Promise<void>;
  /** A thread with this is at work. */
  arrived(used: Setup): void;
  /** None comes up with this: the one before goes on, and the change is rejected. */
  failed(used: Setup, cause: string): void;
  /** Nobody waits any more. */
  end(): void;
}

export function changingSetup<Setup>(first: Setup): ChangingSetup<Setup> {
  let current = first;
  let under: (PromiseWithResolvers<void> & { readonly before: Setup }) | null = null;
  const end = (): void => {
    under?.resolve();
    under = null;
  };
  return {
    get current() {
      return current;
    },
    get isChanging() {
      return under !== null;
    },
    change(next: Setup, awaited: boolean): Promise<void> {
      const before = current;
      current = next;
      if (!awaited) return Promise.resolve();
      under = { ...Promise.withResolvers<void>(), before };
      return under.promise;
    },
    arrived(used: Setup): void {
      if (used === current) end();
    },
    failed(used: Setup, cause: string): void {
      if (under === null || used !== current) return;
      current = under.before;
      under.reject(new Error(`a thread with it ${cause}`));
      under = null;
    },
    end,
  };
}
