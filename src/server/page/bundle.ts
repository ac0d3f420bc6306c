/**
 * Browser code as one classic script, without a build step: the modules an entry imports, in order, their types
 * stripped, in one function. It takes plain named imports and exports only, and says so when it meets others.
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

const IMPORT = /^import\s*\{([^}]*)\}\s*from\s*'([^']+)';?/gm;
const EXPORT = /^export (?=const |let |function |async function |class )/gm;
const DECLARATION = /^(?:const|let|class|function|async function) +([A-Za-z_$][\w$]*)/gm;

export function bundle(entry: URL): string {
  const parts = new Map<string, string>();
  collect(entry, parts);
  const script = [...parts.values()].join('\n');
  checkNames(script);
  return `(() => {\n'use strict';\n${compress(script)}\n})();\n`;
}

/** Depth first: what a module imports stands before it. */
function collect(module: URL, parts: Map<string, string>): void {
  if (parts.has(module.href)) return;
  parts.set(module.href, '');
  const code = strip(readFileSync(module, 'utf8'));
  for (const [, names = '', path = ''] of code.matchAll(IMPORT)) {
    if (/\bas\b/.test(names)) throw new Error(`${module.pathname}: an import is renamed`);
    collect(new URL(path, module), parts);
  }
  const own = code.replace(IMPORT, '').replace(EXPORT, '');
  if (/^(?:import|export)\b/m.test(own))
    throw new Error(`${module.pathname}: only plain named imports and exports`);
  parts.delete(module.href);
  parts.set(module.href, own);
}

/** Node warns that stripping is experimental; for `.ts` files it does the same by itself without a word. */
function strip(code: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(code);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Without indentation and without comments that have lines of their own. No text in our code depends on either. */
function compress(code: string): string {
  return code
    .replace(/^[ \t]*\/\*\*[\s\S]*?\*\/[ \t]*$/gm, '')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('// '))
    .join('\n');
}

/** All modules share one scope, so a name stands for one thing only. */
function checkNames(script: string): void {
  const seen = new Set<string>();
  for (const [, name = ''] of script.matchAll(DECLARATION)) {
    if (seen.has(name)) throw new Error(`two modules of the browser's code declare ${name}`);
    seen.add(name);
  }
}
