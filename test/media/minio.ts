/** A real MinIO, where the machine has one: `minio` on the PATH, or the file `PATCHBAY_TEST_MINIO` names. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import type { S3Options } from '../../src/media/s3.ts';
import { temporaryFolder } from '../support/folder.ts';

export function findMinio(): string | undefined {
  const named = process.env.PATCHBAY_TEST_MINIO;
  const found = (process.env.PATH ?? '').split(delimiter).map(dir => join(dir, 'minio'));
  return [...(named === undefined ? [] : [named]), ...found].find(path => existsSync(path));
}

export interface Minio extends AsyncDisposable {
  readonly options: S3Options;
}

const BUCKET = 'patchbay-test';
const KEY = { id: 'patchbay-test', secret: 'patchbay-test-secret' };

/** Resolves when it answers; rejects when it ends before. */
export async function startMinio(binary: string): Promise<Minio> {
  const folder = temporaryFolder();
  // On its file system a folder is a bucket.
  mkdirSync(join(folder.path, BUCKET));
  const port = await freePort();
  const child = spawn(binary, ['server', '--quiet', '--address', `127.0.0.1:${port}`, folder.path], {
    env: { ...process.env, MINIO_ROOT_USER: KEY.id, MINIO_ROOT_PASSWORD: KEY.secret, MINIO_UPDATE: 'off' },
    stdio: 'ignore',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(`${endpoint}/minio/health/ready`, child);
  return {
    options: {
      endpoint,
      region: 'us-east-1',
      bucket: BUCKET,
      prefix: 'hub/media/',
      accessKeyId: KEY.id,
      secretAccessKey: KEY.secret,
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      folder[Symbol.dispose]();
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise(resolve => probe.close(resolve));
  return port;
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const end = performance.now() + 30_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`minio ended with ${child.exitCode}`);
    const answered = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    if (answered?.ok) return;
    if (performance.now() > end) throw new Error('minio does not answer');
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
