/** What an operator asks of the hub: under a key, and again until it is answered, whatever the hub goes through. */
import type { AuditEntry, BulkOperation } from '../../../src/storage/dead-letters.ts';
import { pause } from '../support/clients.ts';
import type { Workplace } from '../support/workplace.ts';

const ANSWER_LIMIT_MS = 30_000;
const LIMIT_MS = 120_000;
const AGAIN_MS = 20;

/** `over`: there was nothing left to stop or to resume. */
export type Answered =
  | { readonly kind: 'operation'; readonly operation: BulkOperation }
  | { readonly kind: 'over' };

export interface Operator {
  /** Of all letters, so many a second. */
  replay(key: string, rate: number): Promise<Answered>;
  stop(id: string, key: string): Promise<Answered>;
  resume(id: string, key: string): Promise<Answered>;
  operation(id: string): Promise<BulkOperation>;
  /** Open dead letters. */
  open(): Promise<number>;
  /** All of it, oldest first. */
  audit(): Promise<readonly AuditEntry[]>;
}

export function operatorOf({ url, token }: Workplace): Operator {
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    return await fetch(`${url}${path}`, { ...init, headers, signal });
  }

  /** Until there is an answer: while no hub is there, and where one was killed before it answered. */
  async function insist<T>(
    path: string,
    init: RequestInit,
    read: (answer: Response) => Promise<T>,
  ): Promise<T> {
    const giveUp = performance.now() + LIMIT_MS;
    for (;;) {
      try {
        const answer = await ask(path, init);
        if (answer.status < 500) return await read(answer);
      } catch (error) {
        if (error instanceof Unexpected) throw error;
      }
      if (performance.now() > giveUp) throw new Error(`${path} was not answered`);
      await pause(AGAIN_MS);
    }
  }

  const bodyOf = async <T>(answer: Response): Promise<T> => {
    if (!answer.ok) throw new Unexpected(`a question was answered ${answer.status}`);
    return (await answer.json()) as T;
  };
  const look = <T>(path: string): Promise<T> => insist(path, {}, bodyOf<T>);
  const act = (path: string, key: string, body: unknown = null): Promise<Answered> =>
    insist(
      path,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: body === null ? null : JSON.stringify(body),
      },
      async answer =>
        answer.status === 409
          ? { kind: 'over' }
          : { kind: 'operation', operation: await bodyOf<BulkOperation>(answer) },
    );

  return {
    replay: (key, rate) => act('/v1/dead-letters/replay', key, { filter: {}, rate }),
    stop: (id, key) => act(`/v1/operations/${id}/stop`, key),
    resume: (id, key) => act(`/v1/operations/${id}/resume`, key),
    operation: id => look(`/v1/operations/${id}`),
    async open() {
      const { groups } = await look<{ groups: readonly { count: number }[] }>('/v1/dead-letters/groups');
      return groups.reduce((sum, { count }) => sum + count, 0);
    },
    async audit() {
      const all: AuditEntry[] = [];
      for (let before = ''; ; ) {
        const page = await look<{ entries: AuditEntry[]; next: number | null }>(
          `/v1/audit?limit=200${before}`,
        );
        all.push(...page.entries);
        if (page.next === null) return all.reverse();
        before = `&before=${page.next}`;
      }
    },
  };
}

/** An answer that would be the same if it were asked again. */
class Unexpected extends Error {}
