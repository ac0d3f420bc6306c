/** The subject of the conformance kit in an adapter's folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../channels/json.ts';
import { entryOf, loadAdapter, loadModule } from '../config/adapters.ts';
import type { Subject } from '../kit/subject.ts';

export type LoadedSubject =
  | {
      readonly ok: true;
      readonly subject: Subject;
      /** The file a hub would load. */
      readonly entry: string;
    }
  | { readonly ok: false; readonly problem: string };

const TESTING = ['testing.ts', 'testing.mts', 'testing.js', 'testing.mjs'];

export function loadSubject(folder: string): LoadedSubject {
  const entry = entryOf(folder);
  const adapter = loadAdapter(folder);
  if (!adapter.ok || entry === null)
    return { ok: false, problem: adapter.ok ? 'it has no index.ts' : adapter.problem };
  const file = TESTING.map(name => join(folder, name)).find(existsSync);
  if (file === undefined)
    return { ok: false, problem: 'it has no testing.ts: the kit must know the platform' };
  const loaded = loadModule(file);
  if ('problem' in loaded) return { ok: false, problem: `testing: ${loaded.problem}` };
  const { subject } = loaded.module;
  // What is in it is checked by the compiler, through `defineSubject`, and by the rules.
  if (!isObject(subject) || !('definition' in subject))
    return { ok: false, problem: 'its testing.ts exports no "subject" (made with defineSubject)' };
  const known = subject as unknown as Subject;
  if (known.definition !== adapter.definition)
    return { ok: false, problem: 'the definition of its subject is not the one that index.ts exports' };
  return { ok: true, subject: known, entry };
}
