import assert from 'node:assert/strict';
import { FolderHeld } from '../../src/storage/embedded/open.ts';
import { deadLetterConformance } from '../conformance/dead-letters.ts';
import { storeConformance } from '../conformance/store.ts';
import { doubtConformance } from '../conformance/store-doubts.ts';
import { earlyConformance } from '../conformance/store-early.ts';
import { mediaBooksConformance } from '../conformance/store-media.ts';
import { operatorRecordsConformance } from '../conformance/store-operator-records.ts';
import { orderConformance } from '../conformance/store-order.ts';
import { retentionConformance } from '../conformance/store-retention.ts';
import { routeConformance } from '../conformance/store-routes.ts';
import type { StoreUnderTest } from '../conformance/under-test.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openStorage } from '../support/storage.ts';

async function open(): Promise<StoreUnderTest> {
  const folder = temporaryFolder();
  let embedded = await openStorage(folder.path);
  return {
    get store() {
      return embedded.store;
    },
    async crash() {
      await embedded[Symbol.asyncDispose]();
      embedded = await openStorage(folder.path);
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
  describe('about what may have arrived', () => doubtConformance(open));
  describe('about what comes before its message', () => earlyConformance(open));
  describe('when it forgets', () => retentionConformance(open));
  describe('when it forgets what operators did', () => operatorRecordsConformance(open));
  describe('about routes', () => routeConformance(open));

  it('is held by one hub at a time', async () => {
    using folder = temporaryFolder();
    await using _held = await openStorage(folder.path);
    await assert.rejects(openStorage(folder.path), FolderHeld);
  });
});
