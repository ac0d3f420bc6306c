/** Signed addresses of media: whoever has one may fetch that one file until its time is up. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isMediaId } from './store.ts';

const MEDIA_PATH = '/media/';

export interface MediaLinks {
  /** A path of the hub, beginning with a slash. */
  path(id: string, forMs: number): string;
  /** The id of a token that is ours and not over; null for every other. */
  read(token: string): string | null;
}

const TOKEN = /^([A-Za-z0-9_-]{16,64})\.([0-9a-z]{1,11})\.([A-Za-z0-9_-]{43})$/;

export function mediaLinks(secret: string, now: () => number): MediaLinks {
  const macOf = (id: string, end: string): Buffer =>
    createHmac('sha256', secret).update(`media.${id}.${end}`).digest();
  return {
    path(id, forMs) {
      const end = Math.ceil((now() + forMs) / 1_000).toString(36);
      return `${MEDIA_PATH}${id}.${end}.${macOf(id, end).toString('base64url')}`;
    },
    read(token) {
      const [, id = '', end = '', mac = ''] = TOKEN.exec(token) ?? [];
      if (!isMediaId(id)) return null;
      const told = Buffer.from(mac, 'base64url');
      const right = macOf(id, end);
      if (told.length !== right.length || !timingSafeEqual(told, right)) return null;
      return Number.parseInt(end, 36) * 1_000 > now() ? id : null;
    },
  };
}
