/** Waiting for conditions, with a generous ceiling: nothing here asserts how long a thing takes. */

export async function until(
  condition: () => boolean | Promise<boolean>,
  what = 'the condition',
  withinMs = 15_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
