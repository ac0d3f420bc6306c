/** Waiting for conditions, with a generous ceiling: nothing here asserts how long a thing takes. */

/** A look that was begun in time may end a little later. */
const LAST_LOOK_MS = 3_000;

/** Rejects where the condition is not met in time, and where looking at it never comes to an end. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = 'the condition',
  withinMs = 40_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const inVain = (): Error => new Error(`waited in vain for ${what}`);
  const timer = setTimeout(() => reject(inVain()), withinMs + LAST_LOOK_MS);
  try {
    while (!(await Promise.race([condition(), late]))) {
      if (performance.now() > end) throw inVain();
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  } finally {
    clearTimeout(timer);
  }
}
