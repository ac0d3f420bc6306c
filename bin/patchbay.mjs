#!/usr/bin/env node
// The `patchbay` command. The hub runs TypeScript as it is, which needs Node 24; where the machine's own Node
// is older, the `node` package among our development dependencies brings the right one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const main = new URL('../src/cli/main.ts', import.meta.url);
const [major] = process.versions.node.split('.').map(Number);

// Types are stripped and code compiled once, not at each start; threads take it from the environment.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/patchbay', import.meta.url));

if (major >= 24) {
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import(main);
} else {
  const local = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(local)) {
    console.error(`patchbay needs Node 24 or newer; this is ${process.version}.`);
    console.error('Run "npm ci" in the project folder (it brings Node 24 along), or install Node 24.');
    process.exit(2);
  }
  const child = spawn(local, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 1);
  });
}
