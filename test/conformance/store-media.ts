/** What every store must do with the books of media: the promises of `src/storage/media.ts`. */
import assert from 'node:assert/strict';
import type { Media } from '../../src/message/content.ts';
import type { InboundMessage } from '../../src/message/message.ts';
import {
  type KeptMedia,
  LONGEST_MEDIA_WAIT_MS,
  MAX_MEDIA_OF_CHANNEL,
  type MediaJob,
} from '../../src/storage/media.ts';
import { inboundMessage, messageEvent, outboundMessage, readRecord } from '../support/messages.ts';
import { until } from '../support/wait.ts';
import { type OpenStore, storeUnderTest } from './under-test.ts';

const IMAGE: Media = {
  type: 'image',
  source: { kind: 'platform', ref: '123' },
  mimeType: 'image/png',
  name: '../plan.png',
};
const KEPT: KeptMedia = { type: 'image/png', bytes: 7, sha256: 'ab'.repeat(32), notes: ['odd'] };

export function mediaBooksConformance(open: OpenStore): void {
  const subject = storeUnderTest(open);
  const { store } = subject;
  const take = (...messages: readonly InboundMessage[]): Promise<void> =>
    subject.take(...messages.map(message => [messageEvent(message)]));
  const picture = (over: Partial<InboundMessage> = {}): InboundMessage =>
    inboundMessage({ content: { kind: 'media', media: IMAGE }, ...over, address: {} });
  async function claimed(): Promise<MediaJob> {
    const [job] = await store().claimMedia(1);
    assert.ok(job !== undefined, 'there is media to fetch');
    return job;
  }
  const mediaOf = async () =>
    (await store().messages({ direction: 'inbound', after: 0, limit: 10 })).map(view => view.media);

  it('has a job for the media of each message, once, from the moment the message is there', async () => {
    const message = picture();
    await take(message, inboundMessage());
    await take(message);
    const views = await mediaOf();
    assert.deepEqual(
      views.map(media => media.map(({ state }) => state)),
      [['waiting'], []],
    );
    const jobs = await store().claimMedia(10);
    assert.equal(jobs.length, 1);
    const [job] = jobs;
    assert.deepEqual([job?.tenant, job?.channel, job?.attempt, job?.media], ['default', 'test', 1, IMAGE]);
    assert.match(job?.id ?? '', /^[A-Za-z0-9_-]{22,64}$/);
    assert.deepEqual(await store().claimMedia(10), []);
  });

  it('takes the media of an edit as well, and none that the hub keeps already', async () => {
    await take(
      inboundMessage({ content: { kind: 'edit', target: 'x', media: IMAGE } }),
      inboundMessage({
        content: { kind: 'media', media: { ...IMAGE, source: { kind: 'stored', id: 'x' } } },
      }),
      inboundMessage({ content: { kind: 'edit', target: 'x', text: 'y' } }),
    );
    assert.equal((await store().claimMedia(10)).length, 1);
  });

  it('says what became of it, in the message and by id, with what the sender claimed', async () => {
    await take(picture());
    const { id, attempt } = await claimed();
    await store().finishMedia({ id, attempt, outcome: { kind: 'stored', kept: KEPT } });
    const view = await store().media(id);
    assert.deepEqual(view === null ? null : { ...view, finishedAt: typeof view.finishedAt }, {
      id,
      tenant: 'default',
      channel: 'test',
      message: (await store().messages({ direction: 'inbound', after: 0, limit: 1 }))[0]?.id,
      state: 'stored',
      reason: null,
      attempts: 1,
      name: '../plan.png',
      claimedType: 'image/png',
      ...KEPT,
      createdAt: 1_750_000_000_000,
      finishedAt: 'number',
    });
    const [message] = await store().messages({ direction: 'inbound', after: 0, limit: 1 });
    assert.deepEqual(message?.media, [view]);
    assert.deepEqual((await store().trace(message?.id ?? ''))?.inbound?.media, [view]);
    assert.equal(await store().media('nothing'), null);
  });

  it('gives it out again after the wait, and counts', async () => {
    await take(picture());
    const first = await claimed();
    await store().finishMedia({ ...first, outcome: { kind: 'retry', reason: 'not now', afterMs: 30 } });
    assert.deepEqual(
      (await mediaOf())[0]?.map(({ state, reason }) => [state, reason]),
      [['waiting', 'not now']],
    );
    let again: readonly MediaJob[] = [];
    await until(async () => {
      again = await store().claimMedia(10);
      return again.length > 0;
    }, 'the retry');
    assert.deepEqual([again[0]?.id, again[0]?.attempt], [first.id, 2]);
  });

  it('gives out what a clock that was set back would let wait for a day', async () => {
    await take(picture(), picture());
    const [short, long] = await store().claimMedia(2);
    assert.ok(short !== undefined && long !== undefined);
    const retry = (afterMs: number) => ({ kind: 'retry' as const, reason: 'later', afterMs });
    await store().finishMedia({ ...short, outcome: retry(LONGEST_MEDIA_WAIT_MS / 2) });
    await store().finishMedia({ ...long, outcome: retry(24 * LONGEST_MEDIA_WAIT_MS) });
    assert.deepEqual(
      (await store().claimMedia(10)).map(({ id }) => id),
      [long.id],
    );
  });

  it('keeps a wait over a crash, and fetches again what was being fetched', async () => {
    await take(picture(), picture());
    const [waiting, fetching] = await store().claimMedia(2);
    assert.ok(waiting !== undefined && fetching !== undefined);
    await store().finishMedia({ ...waiting, outcome: { kind: 'retry', reason: 'later', afterMs: 600_000 } });
    await subject.crash();
    const jobs = await store().claimMedia(10);
    assert.deepEqual(
      jobs.map(({ id, attempt }) => [id, attempt]),
      [[fetching.id, 2]],
    );
  });

  it('takes no result of an attempt that is not the last, and each only once', async () => {
    await take(picture());
    const first = await claimed();
    await subject.crash();
    const second = await claimed();
    assert.equal(second.attempt, 2);
    await store().finishMedia({ ...first, outcome: { kind: 'failed', reason: 'late' } });
    assert.equal((await store().media(first.id))?.state, 'fetching');
    await store().finishMedia({ ...second, outcome: { kind: 'stored', kept: KEPT } });
    await store().finishMedia({ ...second, outcome: { kind: 'failed', reason: 'twice' } });
    assert.equal((await store().media(first.id))?.state, 'stored');
  });

  it('never stops the message', async () => {
    await take(picture());
    const { id, attempt } = await claimed();
    await store().finishMedia({ id, attempt, outcome: { kind: 'failed', reason: 'blocked: no' } });
    const [work] = await store().claimWork(10, { name: 'w', suspects: false });
    assert.equal(work?.message.content.kind, 'media');
    assert.deepEqual(
      (await mediaOf())[0]?.map(({ state, reason }) => [state, reason]),
      [['failed', 'blocked: no']],
    );
  });

  it('gives out few of one channel at once, so that the others are not held up', async () => {
    await take(...Array.from({ length: MAX_MEDIA_OF_CHANNEL + 2 }, () => picture()));
    await subject.accept(readRecord([messageEvent(picture())], subject.place(), { channel: 'other' }));
    const jobs = await store().claimMedia(100);
    const channels = jobs.map(({ channel }) => channel);
    assert.equal(channels.filter(channel => channel === 'test').length, MAX_MEDIA_OF_CHANNEL);
    assert.ok(channels.includes('other'));
    assert.deepEqual(await store().claimMedia(100), []);
    const [first] = jobs;
    assert.ok(first !== undefined);
    await store().finishMedia({ ...first, outcome: { kind: 'failed', reason: 'over' } });
    assert.equal((await store().claimMedia(100)).length, 1);
  });

  it('tells when there is something to fetch', async () => {
    let told = 0;
    const stop = store().onReady('media', () => {
      told++;
    });
    await take(picture());
    await until(() => told > 0, 'being told');
    stop();
  });

  it('knows what the API gave, and names it where it is sent', async () => {
    const id = 'f'.repeat(32);
    await store().addMedia({ id, tenant: 'default', name: 'a', claimedType: null, kept: KEPT });
    const view = await store().media(id);
    assert.deepEqual([view?.state, view?.channel, view?.message], ['stored', null, null]);
    const message = outboundMessage({
      content: { kind: 'media', media: { type: 'image', source: { kind: 'stored', id } } },
    });
    await subject.take([{ kind: 'outbound', message, idempotencyKey: null, digest: 'd' }]);
    const [sent] = await store().messages({ direction: 'outbound', after: 0, limit: 1 });
    assert.deepEqual(sent?.media, [view]);
    assert.deepEqual(await store().claimMedia(10), []);
  });

  it('finds what is old, oldest first, and remembers that it was there', async () => {
    await take(picture(), picture());
    const jobs = await store().claimMedia(2);
    for (const job of jobs) await store().finishMedia({ ...job, outcome: { kind: 'stored', kept: KEPT } });
    const kept = 'e'.repeat(32);
    await store().addMedia({ id: kept, tenant: 'default', name: null, claimedType: null, kept: KEPT });
    const old = await store().oldMedia(1_750_000_000_001, 10);
    assert.deepEqual([...old].sort(), jobs.map(({ id }) => id).sort());
    assert.equal((await store().oldMedia(1_750_000_000_001, 1)).length, 1);
    assert.deepEqual(await store().oldMedia(1_750_000_000_000, 10), []);
    await store().expireMedia(old);
    assert.deepEqual(await store().oldMedia(1_750_000_000_001, 10), []);
    assert.deepEqual(
      (await mediaOf()).flat().map(({ state, bytes }) => [state, bytes]),
      [
        ['expired', 7],
        ['expired', 7],
      ],
    );
    assert.equal((await store().media(kept))?.state, 'stored');
  });
}
