/**
 * Adapters from outside: a folder (or file) that exports one channel definition, loaded as it is. Whatever they
 * import as `patchbay/…` is this very package, installed or not, so that they share its schemas and error classes.
 */
import { existsSync, statSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { ChannelDefinition } from '../channels/channel.ts';
import type { AdapterConfig } from './channel-schema.ts';

const ENTRIES: Readonly<Record<string, string>> = {
  'patchbay/adapter': new URL('../kit/adapter.ts', import.meta.url).href,
  'patchbay/kit': new URL('../kit/run.ts', import.meta.url).href,
};

let hooked = false;

/** Once for each thread: from then on `patchbay/…` is found from everywhere. */
function shareThisPackage(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      const url = ENTRIES[specifier];
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
}

export type LoadedAdapter =
  | { readonly ok: true; readonly definition: ChannelDefinition }
  /** Why not, for people; never a part of its source. */
  | { readonly ok: false; readonly problem: string };

const INDEX = ['index.ts', 'index.mts', 'index.js', 'index.mjs'];

/** The file to load for a folder; null where there is none. */
export function entryOf(path: string): string | null {
  if (!existsSync(path)) return null;
  if (!statSync(path).isDirectory()) return path;
  return INDEX.map(name => join(path, name)).find(existsSync) ?? null;
}

/** Loads once; never throws. The path is absolute. */
export function loadAdapter(path: string): LoadedAdapter {
  const entry = entryOf(path);
  if (entry === null)
    return { ok: false, problem: existsSync(path) ? 'the folder has no index.ts' : 'it does not exist' };
  const loaded = loadModule(entry);
  if ('problem' in loaded) return { ok: false, problem: loaded.problem };
  const found = Object.values(loaded.module).filter(isDefinition);
  const [definition] = new Set(found);
  if (definition === undefined)
    return { ok: false, problem: 'it exports no channel definition (made with defineChannel)' };
  if (new Set(found).size > 1) return { ok: false, problem: 'it exports more than one channel definition' };
  if (!TYPE.test(definition.type))
    return { ok: false, problem: 'its type is no short name of small letters, digits and hyphens' };
  return { ok: true, definition };
}

const TYPE = /^[a-z][a-z0-9-]{0,30}$/;

export type LoadedModule =
  | { readonly module: Readonly<Record<string, unknown>> }
  | { readonly problem: string };

/** A module with all it imports, at once: configuration is read in one go. */
export function loadModule(file: string): LoadedModule {
  shareThisPackage();
  try {
    return { module: createRequire(import.meta.url)(file) as Readonly<Record<string, unknown>> };
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_REQUIRE_ASYNC_MODULE') return { problem: 'it awaits something while it is loaded' };
    return { problem: `it cannot be loaded: ${code ?? name}: ${firstLine(message)}` };
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0]?.slice(0, 300) ?? '';

function isDefinition(value: unknown): value is ChannelDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { type, config, capabilities, create, sign, redirect } = value as Partial<
    Record<keyof ChannelDefinition, unknown>
  >;
  return (
    typeof type === 'string' &&
    typeof config === 'object' &&
    typeof capabilities === 'object' &&
    [create, sign, redirect].every(part => typeof part === 'function')
  );
}

/** Those of the package and those loaded from the paths of a checked configuration. */
export function withAdapters(
  definitions: readonly ChannelDefinition[],
  paths: readonly string[],
): readonly ChannelDefinition[] {
  const loaded = paths.map(path => {
    const adapter = loadAdapter(path);
    if (!adapter.ok) throw new Error(`the adapter ${path}: ${adapter.problem}`);
    return adapter.definition;
  });
  return [...definitions, ...loaded];
}

export interface LoadedAdapters {
  /** Those of the package, and then those of hub.yaml. */
  readonly definitions: readonly AdapterConfig[];
  /** The absolute paths of those of hub.yaml. */
  readonly paths: readonly string[];
  /** By their place in the list of hub.yaml. */
  readonly problems: readonly { readonly index: number; readonly problem: string }[];
}

/** The adapters that hub.yaml names, each with a type of its own. Paths begin at the folder of hub.yaml. */
export function loadAdapters(
  given: readonly string[],
  hubFile: string,
  shipped: readonly AdapterConfig[],
): LoadedAdapters {
  const definitions = [...shipped];
  const paths: string[] = [];
  const problems: { index: number; problem: string }[] = [];
  for (const [index, path] of given.entries()) {
    const absolute = resolve(dirname(hubFile), path);
    const adapter = loadAdapter(absolute);
    if (!adapter.ok) problems.push({ index, problem: adapter.problem });
    else if (definitions.some(({ type }) => type === adapter.definition.type))
      problems.push({ index, problem: `there is an adapter of type "${adapter.definition.type}" already` });
    else {
      definitions.push(adapter.definition);
      paths.push(absolute);
    }
  }
  return { definitions, paths, problems };
}
