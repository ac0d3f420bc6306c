/** The store as the rest of the hub sees it, from any thread: calls over a port to the store's own thread. */
import type { MessagePort } from 'node:worker_threads';
import { type Store, StoreUnavailable } from '../store.ts';
import { packRecords } from './packed.ts';
import { prepareResult } from './prepare.ts';
import type { Remote, Reply, Request, ToClient } from './protocol.ts';
import { READS, WRITES } from './protocol.ts';

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The port is the client's own; it closes with the client. */
export function storeClient(port: MessagePort): Store {
  const pending = new Map<number, Pending>();
  const listeners = {
    work: new Set<() => void>(),
    suspects: new Set<() => void>(),
    sends: new Set<() => void>(),
    media: new Set<() => void>(),
    operations: new Set<() => void>(),
  };
  let lastId = 0;
  let closed = false;

  port.on('message', (message: ToClient) => {
    if ('ready' in message) for (const listener of listeners[message.ready]) listener();
    else for (const reply of message.replies) settle(reply);
  });
  port.on('close', () => {
    closed = true;
    for (const { reject } of pending.values()) reject(new StoreUnavailable('the store was closed'));
    pending.clear();
  });
  port.unref();

  function settle(reply: Reply): void {
    const call = pending.get(reply.id);
    pending.delete(reply.id);
    if (pending.size === 0) port.unref();
    if (reply.ok) call?.resolve(reply.value);
    else call?.reject(reply.unavailable ? new StoreUnavailable(reply.message) : new Error(reply.message));
  }

  const call = (operation: Request['operation'], values: readonly unknown[]): Promise<unknown> => {
    if (closed) return Promise.reject(new StoreUnavailable('the store was closed'));
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      if (pending.size === 0) port.ref();
      pending.set(id, { resolve, reject });
      port.postMessage({ id, operation, arguments: values } satisfies Request);
    });
  };
  const remote = Object.fromEntries(
    [...WRITES, ...READS, 'reached' as const, 'syncedPosition' as const].map(name => [
      name,
      (...values: unknown[]) => call(name, values),
    ]),
  ) as unknown as Remote;

  return {
    ...remote,
    accept: batch => remote.accept({ ...batch, records: packRecords(batch.records) }),
    async claimWork(limit, claimant) {
      const items = await remote.claimWork(limit, claimant);
      return items.map(item => ({ ...item, message: JSON.parse(item.message) }));
    },
    finishWork: results => remote.finishWork(results.map(prepareResult)),
    async claimSends(limit, allowance) {
      const items = await remote.claimSends(limit, allowance);
      return items.map(item => ({ ...item, message: JSON.parse(item.message) }));
    },
    reread: ({ record, ...asked }) =>
      remote.reread({ ...asked, record: typeof record === 'string' ? record : packRecords([record]) }),
    onReady(queue, callback) {
      listeners[queue].add(callback);
      return () => listeners[queue].delete(callback);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      port.close();
    },
  };
}
