import assert from 'node:assert/strict';
import { FolderHeld, openEmbedded } from '../../src/storage/embedded/open.ts';
import { deadLetterConformance } from '../conformance/dead-letters.ts';
import { type StoreUnderTest, storeConformance } from '../conformance/store.ts';
import { mediaBooksConformance } from '../conformance/store-media.ts';
import { orderConformance } from '../conformance/store-order.ts';
import { retentionConformance } from '../conformance/store-retention.ts';
import { temporaryFolder } from '../support/folder.ts';

const options = (dir: string) => ({
  dir,
  maxSegmentBytes: 1e6,
  maxPendingBytes: 1e6,
  onDurable: () => {},
  onLost: (error: Error) => {
    throw error;
  },
});

async function open(): Promise<StoreUnderTest> {
  const folder = temporaryFolder();
  let embedded = await openEmbedded(options(folder.path));
  return {
    get store() {
      return embedded.store;
    },
    async crash() {
      await embedded[Symbol.asyncDispose]();
      embedded = await openEmbedded(options(folder.path));
    },
    async [Symbol.asyncDispose]() {
      await embedded[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe('the embedded store', () => {
  describe('as a store', () => storeConformance(open));
  describe('with dead letters', () => deadLetterConformance(open));
  describe('as the books of media', () => mediaBooksConformance(open));
  describe('about order and late ends', () => orderConformance(open));
  describe('when it forgets', () => retentionConformance(open));

  it('is held by one hub at a time', async () => {
    using folder = temporaryFolder();
    await using _held = await openEmbedded(options(folder.path));
    await assert.rejects(openEmbedded(options(folder.path)), FolderHeld);
  });
});
