/** Ids of our own: UUIDs of version 7, which grow with time. */
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const BYTES = 16;
const pool = Buffer.alloc(BYTES * 512);
let at = pool.length;

/** Random bytes are drawn for many ids at once: drawing them one by one costs more than the rest of an id. */
export function newId(): string {
  if (at === pool.length) {
    randomFillSync(pool);
    at = 0;
  }
  at += BYTES;
  return v7({ random: pool.subarray(at - BYTES, at) });
}
