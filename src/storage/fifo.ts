/** First in, first out, at the same cost for ten entries and for a hundred thousand. */

export interface Fifo<T> {
  readonly size: number;
  first(): T | undefined;
  push(item: T): void;
  shift(): T | undefined;
}

/** `Array.shift` moves all that follows, which an outage's queue cannot afford: here the front is cut off seldom. */
export function fifo<T>(): Fifo<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  return {
    get size() {
      return items.length - head;
    },
    first: () => items[head],
    push(item) {
      items.push(item);
    },
    shift() {
      const item = items[head];
      if (head === items.length) return undefined;
      items[head++] = undefined;
      if (head > 1_000 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}
