import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { site } from './support.ts';

const CHILD = fileURLToPath(new URL('memory-child.ts', import.meta.url));
const FILES = 12;
const FILE_BYTES = 48 * 1024 * 1024;
const CHUNK = Buffer.alloc(256 * 1024, 'patchbay ');

describe('the memory of downloads', () => {
  it('does not hold the files: a dozen large ones at once cost less than a third of them', async () => {
    await using server = await site((request, response) => {
      let left = request.url === '/large' ? FILE_BYTES : CHUNK.length;
      const more = (): void => {
        while (left > 0) {
          left -= CHUNK.length;
          if (!response.write(CHUNK)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    });
    const ran = await promisify(execFile)(process.execPath, [
      CHILD,
      server.url,
      String(FILES),
      String(FILE_BYTES),
    ]);
    const { grown, bytes } = JSON.parse(ran.stdout) as { grown: number; bytes: readonly number[] };
    assert.deepEqual(bytes, Array(FILES).fill(FILE_BYTES));
    // What is read is garbage until it is collected: that is much, and does not grow with the files.
    assert.ok(grown < (FILES * FILE_BYTES) / 3, `grew by ${grown} bytes for ${FILES * FILE_BYTES}`);
  }).timeout(120_000);
});
