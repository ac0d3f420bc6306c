import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localStore } from '../../src/media/local.ts';
import { s3Store } from '../../src/media/s3.ts';
import { openSpool } from '../../src/media/spool.ts';
import { mediaStoreConformance } from '../conformance/media-store.ts';
import { temporaryFolder } from '../support/folder.ts';
import { findMinio, type Minio, startMinio } from './minio.ts';
import { s3Server } from './s3-server.ts';

const ID = '0123456789abcdef0123456789abcdef';
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

describe('a folder of media', () => {
  mediaStoreConformance(async () => {
    const folder = temporaryFolder();
    const store = localStore(join(folder.path, 'kept'));
    return { store, dir: folder.path, [Symbol.asyncDispose]: async () => folder[Symbol.dispose]() };
  });

  it('follows no link, and gives out no folder', async () => {
    using folder = temporaryFolder();
    const store = localStore(folder.path);
    writeFileSync(join(folder.path, 'secret'), 'secret');
    mkdirSync(join(folder.path, ID.slice(0, 2)));
    symlinkSync(join(folder.path, 'secret'), join(folder.path, ID.slice(0, 2), ID));
    assert.equal(await store.get(ID, soon()), null);
    const other = ID.replace(/.$/, 'a');
    mkdirSync(join(folder.path, ID.slice(0, 2), other));
    assert.equal(await store.get(other, soon()), null);
  });

  it('is cleared at start of what was never finished', async () => {
    using folder = temporaryFolder();
    const incoming = join(folder.path, 'incoming');
    mkdirSync(incoming);
    writeFileSync(join(incoming, 'half'), 'half');
    await openSpool(incoming);
    assert.deepEqual(readdirSync(incoming), []);
  });
});

describe('S3, by a stand-in that checks signatures', () => {
  const open = async () => {
    const folder = temporaryFolder();
    const server = await s3Server();
    const store = s3Store(server.options);
    return {
      store,
      server,
      dir: folder.path,
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  };
  mediaStoreConformance(open);

  it('keeps below the prefix', async () => {
    await using subject = await open();
    writeFileSync(join(subject.dir, 'x'), 'x');
    const sha256 = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881';
    await subject.store.put(ID, { path: join(subject.dir, 'x'), bytes: 1, sha256 }, soon());
    assert.deepEqual(subject.server.keys(), [`hub/media/${ID}`]);
  });

  it('takes nothing that changed between disk and wire', async () => {
    await using subject = await open();
    writeFileSync(join(subject.dir, 'x'), 'y');
    const file = { path: join(subject.dir, 'x'), bytes: 1, sha256: 'a'.repeat(64) };
    await assert.rejects(subject.store.put(ID, file, soon()), /400 XAmzContentSHA256Mismatch$/);
    assert.deepEqual(subject.server.keys(), []);
  });

  for (const [what, wrong] of [
    ['a wrong key', { secretAccessKey: 'another' }],
    ['an unknown key', { accessKeyId: 'AKIDUNKNOWN' }],
    ['another region', { region: 'us-west-2' }],
    ['no such bucket', { bucket: 'elsewhere' }],
  ] as const)
    it(`says what is wrong with ${what}, and no secret`, async () => {
      await using server = await s3Server();
      await using store = s3Store({ ...server.options, ...wrong });
      await assert.rejects(store.get(ID, soon()), (error: Error) => {
        assert.match(error.message, /^S3 answered GET with 40[034] [A-Za-z]+$/);
        return true;
      });
    });

  it('calls trouble trouble, and not a file that is not there', async () => {
    await using subject = await open();
    subject.server.troubles.push({ status: 503, code: 'SlowDown' }, { status: 500, code: 'InternalError' });
    await assert.rejects(subject.store.get(ID, soon()), /503 SlowDown/);
    await assert.rejects(subject.store.remove(ID, soon()), /500 InternalError/);
    assert.equal(await subject.store.get(ID, soon()), null);
  });
});

describe('S3, by a real MinIO', () => {
  const binary = findMinio();
  if (binary === undefined) {
    it('is not tried: there is no minio on the PATH or at PATCHBAY_TEST_MINIO');
    return;
  }
  let minio: Minio;
  before(async function () {
    this.timeout(60_000);
    minio = await startMinio(binary);
  });
  after(() => minio?.[Symbol.asyncDispose]());

  mediaStoreConformance(async () => {
    const folder = temporaryFolder();
    const store = s3Store(minio.options);
    return {
      store,
      dir: folder.path,
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  });

  it('refuses a wrong key, and bytes that are not the ones that were signed', async () => {
    using folder = temporaryFolder();
    await using wrong = s3Store({ ...minio.options, secretAccessKey: 'another-secret' });
    await assert.rejects(wrong.get(ID, soon()), /403 SignatureDoesNotMatch/);
    await using store = s3Store(minio.options);
    writeFileSync(join(folder.path, 'x'), 'y');
    const file = { path: join(folder.path, 'x'), bytes: 1, sha256: 'a'.repeat(64) };
    await assert.rejects(store.put(ID, file, soon()), /XAmzContentSHA256Mismatch/);
  });
});
