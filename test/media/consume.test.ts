/** The loop around a fetch: tried again as often as it is worth it, given up in sight, and never in a message's way. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MediaFetch } from '../../src/channels/channel.ts';
import { consumeMedia } from '../../src/media/consume.ts';
import { FAILURES } from '../../src/media/failure.ts';
import { guard } from '../../src/media/guard.ts';
import { localStore } from '../../src/media/local.ts';
import { removeOldMedia } from '../../src/media/retention.ts';
import { openSpool } from '../../src/media/spool.ts';
import type { Media } from '../../src/message/content.ts';
import type { MediaJob, MediaOutcome, MediaView } from '../../src/storage/media.ts';
import type { Store } from '../../src/storage/store.ts';
import { temporaryFolder } from '../support/folder.ts';
import { inboundMessage, messageEvent, readRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { type Behaviour, place, site } from './support.ts';

const MEDIA: Media = { type: 'file', source: { kind: 'platform', ref: 'x' } };

/** A store that says what it was told of a job that it gives out with this attempt. */
async function outcomeOf(
  how: ((media: Media) => MediaFetch | string) | undefined,
  { attempt = 1, configured = true } = {},
): Promise<{ outcome: MediaOutcome; givenUp: readonly string[]; bugs: readonly unknown[] }> {
  using shelf = await place();
  const stop = new AbortController();
  const [givenUp, bugs]: [string[], unknown[]] = [[], []];
  const told = Promise.withResolvers<MediaOutcome>();
  let jobs: MediaJob[] = [{ id: 'a'.repeat(32), tenant: 't', channel: 'c', attempt, media: MEDIA }];
  const store = {
    async claimMedia() {
      const given = jobs;
      jobs = [];
      return given;
    },
    finishMedia: async ({ outcome }: { outcome: MediaOutcome }) => told.resolve(outcome),
    onReady: () => () => {},
  } as unknown as Store;
  const running = consumeMedia({
    store,
    media: shelf.media,
    spool: await openSpool(shelf.incoming),
    source: () =>
      configured ? { channel: how === undefined ? {} : { media: how }, guard: deaf } : undefined,
    maxBytes: 1_000,
    timeoutMs: 5_000,
    width: 2,
    random: () => 1,
    stop: stop.signal,
    onGivenUp: (_, reason) => givenUp.push(reason),
    onBug: error => bugs.push(error),
  });
  const outcome = await told.promise;
  stop.abort();
  await running;
  return { outcome, givenUp, bugs };
}

/** No name server answers it. */
const deaf = guard({ resolve: () => Promise.reject(new Error('ENOTFOUND')) });
const unreachable = (): MediaFetch => ({ url: 'https://files.example.com/' });
const inner = (): MediaFetch => ({ url: 'http://10.0.0.1/' });

describe('fetching in the background', () => {
  it('skips what nobody says how to fetch, with the reason', async () => {
    for (const [how, options, reason] of [
      [undefined, {}, 'this channel has no way to fetch it'],
      [() => 'it has no id', {}, 'it has no id'],
      [inner, { configured: false }, 'channel c is not configured'],
    ] as const) {
      const { outcome, givenUp } = await outcomeOf(how, options);
      assert.deepEqual(outcome, { kind: 'skipped', reason });
      assert.deepEqual(givenUp, []);
    }
  });

  it('gives up at once what can never be fetched', async () => {
    const { outcome, givenUp } = await outcomeOf(inner);
    assert.deepEqual(outcome, { kind: 'failed', reason: 'blocked: an address that is not public' });
    assert.deepEqual(givenUp, ['blocked: an address that is not public']);
  });

  it('tries again what may come back, later each time, and gives it up at last', async () => {
    const waits: number[] = [];
    const { tries } = FAILURES.unavailable;
    for (let attempt = 1; attempt < tries; attempt++) {
      const { outcome } = await outcomeOf(unreachable, { attempt });
      assert.equal(outcome.kind, 'retry');
      waits.push(outcome.kind === 'retry' ? outcome.afterMs : 0);
    }
    assert.deepEqual(waits, [1_000, 4_000, 16_000, 64_000, 256_000, 900_000, 900_000]);
    const { outcome } = await outcomeOf(unreachable, { attempt: tries });
    assert.equal(outcome.kind, 'failed');
  });

  it('gives up what ended the process again and again, without touching it', async () => {
    let asked = 0;
    const how = (): string => `asked ${++asked}`;
    const { outcome } = await outcomeOf(how, { attempt: 13 });
    assert.deepEqual(outcome, { kind: 'failed', reason: 'the process ended while it was fetched' });
    assert.equal(asked, 0);
  });

  it('survives an adapter with a bug', async () => {
    const { outcome, bugs } = await outcomeOf(() => {
      throw new TypeError('a bug that quotes the message');
    });
    assert.deepEqual(outcome, { kind: 'failed', reason: 'a bug of the hub' });
    assert.equal(bugs.length, 1);
  });
});

describe('media from the message to the folder and out of it', () => {
  it('are fetched, kept, and gone when their time is up', async () => {
    using folder = temporaryFolder();
    const bytes = Buffer.from('kept for a while');
    const giving: Behaviour = (_, response) => response.end(bytes);
    await using server = await site(giving);
    await using embedded = await openStorage(folder.path);
    const { store } = embedded;
    const dir = join(folder.path, 'kept');
    const media = localStore(dir);
    const stop = new AbortController();
    const running = consumeMedia({
      store,
      media,
      spool: await openSpool(join(folder.path, 'incoming')),
      source: () => ({
        channel: { media: () => ({ url: `${server.url}/file` }) },
        guard: guard({ trusted: [server.url] }),
      }),
      maxBytes: 1_000,
      timeoutMs: 5_000,
      width: 2,
      random: Math.random,
      stop: stop.signal,
      onGivenUp: () => {},
      onBug: error => assert.fail(String(error)),
    });
    const from = await store.position();
    const message = inboundMessage({ content: { kind: 'media', media: MEDIA } });
    const records = [readRecord([messageEvent(message)], { segment: 1, offset: 0 })];
    await store.accept({ from, next: { segment: 1, offset: 1 }, records });
    const found = async (): Promise<MediaView | undefined> =>
      (await store.messages({ direction: 'inbound', after: 0, limit: 1 }))[0]?.media[0];
    await until(async () => (await found())?.state === 'stored', 'the file');
    const view = await found();
    assert.equal(view?.bytes, bytes.length);
    const parts = { books: store, media };
    const signal = AbortSignal.timeout(15_000);
    assert.equal(await removeOldMedia(view?.createdAt ?? 0, parts, signal), 0);
    assert.ok((await media.get(view?.id ?? '', signal)) !== null);
    assert.equal(await removeOldMedia(Date.now(), parts, signal), 1);
    assert.equal(await media.get(view?.id ?? '', signal), null);
    assert.deepEqual(readdirSync(join(dir, view?.id.slice(0, 2) ?? '')), []);
    assert.equal((await found())?.state, 'expired');
    assert.equal(await removeOldMedia(Date.now(), parts, signal), 0);
    stop.abort();
    await running;
  });
});
