/**
 * Where a thread of ours is, also while its loop stands still: what it does for most of a short CPU profile. No
 * debugger: one that is open while a thread runs out of memory stops the thread that opened it as well.
 */
import type { Profiler } from 'node:inspector';
import type { Worker } from 'node:worker_threads';
import { shownStack } from './stack.ts';

const PROFILE_MS = 40;

/** The innermost first; empty where it is not still any more. Rejects where the thread ends meanwhile. */
export async function stackOfWorker(worker: Worker, isStill: () => boolean): Promise<readonly string[]> {
  const running = await worker.startCpuProfile();
  await new Promise(resolve => setTimeout(resolve, PROFILE_MS));
  const was = isStill();
  const profile = JSON.parse(await running.stop()) as Profiler.Profile;
  return was ? hottest(profile) : [];
}

function hottest({ nodes, samples = [] }: Profiler.Profile): readonly string[] {
  const counts = new Map<number, number>();
  for (const id of samples) counts.set(id, (counts.get(id) ?? 0) + 1);
  const byId = new Map(nodes.map(node => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id])));
  const ranked = [...counts].sort(([, one], [, other]) => other - one).map(([id]) => id);
  // A collection of garbage or the idle loop has no place of its own; what asked for it may have.
  const top = ranked.find(id => isPlace(byId.get(id))) ?? ranked[0];
  const stack: Profiler.ProfileNode['callFrame'][] = [];
  for (let id = top; id !== undefined; id = parents.get(id)) {
    const node = byId.get(id);
    if (node !== undefined && isPlace(node)) stack.push(node.callFrame);
  }
  return shownStack(stack);
}

/** `(idle)`, `(program)`, `(garbage collector)` and `(root)` are none. */
const isPlace = (node: Profiler.ProfileNode | undefined): boolean =>
  node !== undefined && !node.callFrame.functionName.startsWith('(');
