/** Where this hub is, for the command line. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RunFile {
  readonly url: string;
  /** Null when no channel needs the sandbox. */
  readonly sandbox: string | null;
}

/** Writes `run.json` into the data folder; the returned function removes it when the hub ends, if it is still its own. */
export function announce(dataDir: string, { url, sandbox }: RunFile): () => void {
  const path = join(dataDir, 'run.json');
  const text = JSON.stringify({ pid: process.pid, url, sandbox, startedAt: Date.now() });
  writeFileSync(path, text, { mode: 0o600 });
  return () => {
    if (readText(path) === text) rmSync(path, { force: true });
  };
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
