/** What every media store must do: the promises of `src/media/store.ts`, one by one. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MediaStore, SpooledFile } from '../../src/media/store.ts';

export interface MediaStoreUnderTest extends AsyncDisposable {
  readonly store: MediaStore;
  /** A folder for files that are to be put. */
  readonly dir: string;
}

const soon = (): AbortSignal => AbortSignal.timeout(15_000);
const newId = (): string => randomBytes(16).toString('hex');

export function mediaStoreConformance(open: () => Promise<MediaStoreUnderTest>): void {
  let subject: MediaStoreUnderTest;
  beforeEach(async () => {
    subject = await open();
  });
  afterEach(() => subject[Symbol.asyncDispose]());

  function spooled(bytes: Uint8Array): SpooledFile {
    const path = join(subject.dir, `file-${randomBytes(8).toString('hex')}`);
    writeFileSync(path, bytes);
    return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }
  async function bytesOf(id: string): Promise<Buffer | null> {
    const opened = await subject.store.get(id, soon());
    if (opened === null) return null;
    const bytes = Buffer.concat(await opened.stream.toArray());
    assert.equal(opened.bytes, bytes.length);
    return bytes;
  }

  for (const [what, bytes] of [
    ['one byte', Buffer.from('x')],
    ['every byte', Buffer.from(Array.from({ length: 256 }, (_, value) => value))],
    ['five megabytes', randomBytes(5_000_000)],
  ] as const)
    it(`gives back ${what}`, async () => {
      const id = newId();
      await subject.store.put(id, spooled(bytes), soon());
      assert.ok(bytes.equals((await bytesOf(id)) ?? Buffer.alloc(0)));
    });

  it('has nothing where nothing was put, and nothing after it was removed', async () => {
    const id = newId();
    assert.equal(await subject.store.get(id, soon()), null);
    await subject.store.remove(id, soon());
    await subject.store.put(id, spooled(Buffer.from('x')), soon());
    await subject.store.remove(id, soon());
    await subject.store.remove(id, soon());
    assert.equal(await subject.store.get(id, soon()), null);
  });

  it('replaces what has the same id, and touches no other', async () => {
    const [one, other] = [newId(), newId()];
    await subject.store.put(one, spooled(Buffer.from('first')), soon());
    await subject.store.put(other, spooled(Buffer.from('other')), soon());
    await subject.store.put(one, spooled(Buffer.from('second')), soon());
    assert.equal(String(await bytesOf(one)), 'second');
    assert.equal(String(await bytesOf(other)), 'other');
  });

  it('keeps several at once', async () => {
    const ids = Array.from({ length: 12 }, newId);
    await Promise.all(ids.map(id => subject.store.put(id, spooled(Buffer.from(id)), soon())));
    const found = await Promise.all(ids.map(bytesOf));
    assert.deepEqual(found.map(String), ids);
  });

  for (const id of [
    '../../etc/passwd',
    '..',
    '',
    'a/b',
    'a'.repeat(15),
    `${'a'.repeat(32)}/..`,
    'ä'.repeat(32),
    `${'a'.repeat(31)}\0`,
  ])
    it(`knows no id ${JSON.stringify(id.slice(0, 20))}`, async () => {
      assert.equal(await subject.store.get(id, soon()), null);
      await subject.store.remove(id, soon());
      await assert.rejects(subject.store.put(id, spooled(Buffer.from('x')), soon()));
    });

  it('puts nothing once it was told to stop', async () => {
    const id = newId();
    await assert.rejects(subject.store.put(id, spooled(Buffer.from('x')), AbortSignal.abort()));
    assert.equal(await subject.store.get(id, soon()), null);
  });

  it('puts nothing where the file is gone', async () => {
    const id = newId();
    const file = spooled(Buffer.from('x'));
    await assert.rejects(subject.store.put(id, { ...file, path: `${file.path}-gone` }, soon()));
    assert.equal(await subject.store.get(id, soon()), null);
  });

  it('lets a reader go before the end', async () => {
    const id = newId();
    await subject.store.put(id, spooled(randomBytes(3_000_000)), soon());
    const opened = await subject.store.get(id, soon());
    opened?.stream.on('error', () => {});
    opened?.stream.destroy();
    assert.equal((await bytesOf(id))?.length, 3_000_000);
  });
}
