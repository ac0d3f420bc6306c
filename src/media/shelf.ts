/** Media as the rest of the hub uses them: the books say what there is, the store has the bytes. */
import type { Readable } from 'node:stream';
import type { OutboundMedia } from '../channels/channel.ts';
import type { MediaBooks, MediaView } from '../storage/media.ts';
import { StoreUnavailable } from '../storage/store.ts';
import type { MediaLinks } from './link.ts';
import { safeName } from './name.ts';
import type { Spool } from './spool.ts';
import type { MediaStore } from './store.ts';
import { isMediaId } from './store.ts';
import { agree, typeOf } from './type.ts';

export interface Upload {
  readonly tenant: string;
  readonly name: string | null;
  readonly claimedType: string | null;
  readonly source: AsyncIterable<Uint8Array>;
  /** Whether a file of this type, by its bytes, is to be kept; any where absent. */
  readonly takes?: (type: string) => boolean;
}

export type Uploaded =
  | { readonly ok: true; readonly view: MediaView }
  | { readonly ok: false; readonly reason: 'too-large' | 'empty' | 'broken-off' | 'type' };

export interface Shelf {
  /** Null for what is not known at all. */
  find(id: string): Promise<MediaView | null>;
  /** Null where the bytes are not there. Rejects with `StoreUnavailable`, as does `keep`. */
  open(
    id: string,
    signal: AbortSignal,
  ): Promise<{ readonly view: MediaView; readonly bytes: number; readonly stream: Readable } | null>;
  /** Durable when it resolves with `ok`. */
  keep(upload: Upload, signal: AbortSignal): Promise<Uploaded>;
  /** What the channels of one tenant may send. */
  outbound(tenant: string): OutboundMedia;
}

export interface ShelfParts {
  readonly books: Pick<MediaBooks, 'media' | 'addMedia'>;
  readonly media: MediaStore;
  readonly spool: Spool;
  readonly links: MediaLinks;
  /** How the hub is reached from outside, without a slash at the end; null where that is not known. */
  readonly publicUrl: string | null;
  readonly maxBytes: number;
  /** Random, of at least 128 bits. */
  readonly newId: () => string;
}

export function mediaShelf(parts: ShelfParts): Shelf {
  const { books, media, spool, links, publicUrl } = parts;

  const find = async (id: string): Promise<MediaView | null> => (isMediaId(id) ? books.media(id) : null);

  const open: Shelf['open'] = async (id, signal) => {
    const view = await find(id);
    const opened = view?.state === 'stored' ? await media.get(id, signal).catch(unavailable) : null;
    return view === null || opened === null ? null : { view, ...opened };
  };

  async function keep(upload: Upload, signal: AbortSignal): Promise<Uploaded> {
    const spooled = await spool.write(upload.source, parts.maxBytes).catch(unlessOfDisk);
    if (!spooled.ok) return spooled;
    const { file, prefix } = spooled;
    try {
      if (file.bytes === 0) return { ok: false, reason: 'empty' };
      const type = await typeOf(prefix);
      if (!isWanted(upload, type)) return { ok: false, reason: 'type' };
      const { tenant, name, claimedType } = upload;
      const notes = agree(claimedType, type) ? [] : [`its bytes are ${type} and not what was claimed`];
      const id = parts.newId();
      await media.put(id, file, signal).catch(unavailable);
      const kept = { type, bytes: file.bytes, sha256: file.sha256, notes };
      await books.addMedia({ id, tenant, name, claimedType, kept });
      const view = await books.media(id);
      if (view === null) throw new Error('media that was added is not there');
      return { ok: true, view };
    } finally {
      await spool.discard(file);
    }
  }

  return {
    find,
    open,
    keep,
    outbound: tenant => ({
      async open(id, signal) {
        const view = await find(id);
        if (view?.tenant !== tenant) return null;
        const opened = await open(id, signal);
        if (opened === null) return null;
        const type = opened.view.type ?? 'application/octet-stream';
        return { name: safeName(view.name, nameFor(type)), type, bytes: opened.bytes, stream: opened.stream };
      },
      path: links.path,
      link: (id, forMs) => (publicUrl === null ? null : `${publicUrl}${links.path(id, forMs)}`),
    }),
  };
}

/** What is only a ZIP or a text by its bytes may be what it is called, where that is possible. */
const isWanted = ({ takes = () => true, claimedType }: Upload, type: string): boolean =>
  takes(type) || (claimedType !== null && agree(claimedType, type) && takes(claimedType));

/** Whoever sent it went away; a disk that takes nothing is another matter. */
function unlessOfDisk(error: unknown): Uploaded & { readonly ok: false } {
  const { syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'write' || syscall === 'open' || syscall === 'fsync') return unavailable(error);
  return { ok: false, reason: 'broken-off' };
}

function unavailable(cause: unknown): never {
  throw new StoreUnavailable('the media store is not available', { cause });
}

/** For a file that came without a name. */
export const nameFor = (type: string): string => {
  const [family = 'file', kind = 'bin'] = type.split('/');
  const ending = /^[a-z0-9]{1,8}$/.test(kind)
    ? `.${kind === 'jpeg' ? 'jpg' : kind === 'plain' ? 'txt' : kind}`
    : '';
  return `${family === 'application' || family === 'text' ? 'file' : family}${ending}`;
};
