/** The line to the hub: a WebSocket, or where none gets through, a stream of events and posts. Always comes back. */
import type { Push, ServerFrame, WebError } from '../src/channels/web/wire.ts';
import type { Api, Result } from './api.ts';
import type { OutFrame } from './memory.ts';

export interface LineOptions {
  /** The door's address, with a slash at its end. */
  readonly door: string;
  readonly api: Api;
  after(): number;
  onMessage(push: Push): void;
  onState(state: LineState): void;
  /** The door will not have us: trying again is of no use. */
  onRefused(error: WebError): void;
}

export type LineState = 'connecting' | 'open' | 'offline';

export interface Line {
  /** Resolves once the hub has stored it, or will not. Never rejects. */
  deliver(frame: OutFrame): Promise<Result<unknown>>;
  isOpen(): boolean;
  close(): void;
}

const PATIENCE_MS = 10_000;
const LONGEST_WAIT_MS = 30_000;
/** A session is renewed this long before it ends. */
const RENEW_MS = 300_000;

const lost: Result<never> = { ok: false, again: true, error: { code: 'unavailable', message: 'line lost' } };

/** One open connection: says when it is ready and when it is over. */
interface Attempt {
  deliver(frame: OutFrame): Promise<Result<unknown>>;
  renew(token: string): void;
  close(): void;
}

interface AttemptEvents {
  message(push: Push): void;
  /** Anything came: the line lives. */
  heard(heartbeatMs?: number): void;
  ready(): void;
  refused(error: WebError): void;
  over(): void;
}

export function openLine(options: LineOptions): Line {
  const { api } = options;
  let attempt: Attempt | undefined;
  let transport: 'socket' | 'events' = 'socket';
  let failures = 0;
  let ready = false;
  let closed = false;
  let heartbeatMs = 25_000;
  let retry = 0;
  let silence = 0;
  let renewal = 0;
  /** Which connection is the present one: what an older one still says is not heard. */
  let turn = 0;

  const comeBack = (): void => {
    turn++;
    attempt?.close();
    attempt = undefined;
    clearTimeout(silence);
    clearTimeout(retry);
    if (closed) return;
    failures = ready ? 0 : failures + 1;
    ready = false;
    // A network that breaks sockets may let a stream of events through, and the other way about.
    if (failures > 0 && failures % 2 === 0) transport = transport === 'socket' ? 'events' : 'socket';
    options.onState('offline');
    const longest = Math.min(LONGEST_WAIT_MS, 500 * 2 ** Math.min(failures, 6));
    // Half of it by chance, so that visitors do not all come back at once.
    retry = setTimeout(connect, longest * (0.5 + Math.random() / 2));
  };

  const listen = (): void => {
    clearTimeout(silence);
    silence = setTimeout(comeBack, ready ? heartbeatMs * 2.5 : PATIENCE_MS);
  };

  const connect = async (): Promise<void> => {
    const mine = ++turn;
    clearTimeout(retry);
    retry = 0;
    if (failures === 0) options.onState('connecting');
    const token = await api.token();
    if (closed || mine !== turn) return;
    if (!token.ok) {
      if (token.again) return comeBack();
      return options.onRefused(token.error);
    }
    const present = (act: () => void) => (): void => {
      if (mine === turn) act();
    };
    const events: AttemptEvents = {
      message: push => present(() => options.onMessage(push))(),
      heard: beat => {
        heartbeatMs = beat ?? heartbeatMs;
        present(listen)();
      },
      ready: present(() => {
        ready = true;
        scheduleRenewal();
        options.onState('open');
      }),
      refused: error =>
        present(() => {
          if (error.code === 'token-expired' || error.code === 'unauthorized') api.forget();
        })(),
      over: present(comeBack),
    };
    attempt =
      transport === 'socket'
        ? openSocket(options.door, token.value, options.after(), events)
        : openEvents(api, token.value, options.after(), events);
    listen();
  };

  const scheduleRenewal = (waitMs = Math.max(1_000, api.expiresInMs() - RENEW_MS)): void => {
    clearTimeout(renewal);
    renewal = setTimeout(async () => {
      const renewed = await api.renew();
      if (renewed.ok) attempt?.renew(renewed.value);
      if (!closed) scheduleRenewal(renewed.ok ? undefined : LONGEST_WAIT_MS);
    }, waitMs);
  };

  const hurry = (): void => {
    if (!ready && !closed && retry !== 0) void connect();
  };
  addEventListener('online', hurry);
  void connect();

  return {
    deliver: async frame => (ready && attempt !== undefined ? attempt.deliver(frame) : lost),
    isOpen: () => ready,
    close() {
      closed = true;
      removeEventListener('online', hurry);
      for (const timer of [retry, silence, renewal]) clearTimeout(timer);
      turn++;
      attempt?.close();
    },
  };
}

function openSocket(door: string, token: string, after: number, events: AttemptEvents): Attempt {
  const socket = new WebSocket(`${door.replace(/^http/, 'ws')}socket`, 'patchbay.v1');
  const waiting = new Map<string, (result: Result<unknown>) => void>();
  const settle = (id: string, result: Result<unknown>): void => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'hello', token, after })));
  const settleAll = (): void => {
    for (const id of [...waiting.keys()]) settle(id, lost);
  };
  socket.addEventListener('close', () => {
    settleAll();
    events.over();
  });
  socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(String(data)) as ServerFrame;
    events.heard(frame.type === 'ready' ? frame.heartbeat_ms : undefined);
    if (frame.type === 'ready') events.ready();
    else if (frame.type === 'message') events.message(frame);
    else if (frame.type === 'ack') settle(frame.id, { ok: true, value: frame });
    else if (frame.type === 'error') {
      const { error, id } = frame;
      const again = error.code === 'rate-limited' || error.code === 'unavailable';
      if (id === undefined) events.refused(error);
      else settle(id, { ok: false, again, error });
    }
  });
  return {
    deliver: frame =>
      new Promise(resolve => {
        if (socket.readyState !== WebSocket.OPEN) return resolve(lost);
        waiting.set(frame.id, resolve);
        socket.send(JSON.stringify(frame));
      }),
    renew: renewed => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'auth', token: renewed }));
    },
    close: () => {
      socket.close();
      // A dead network lets the close take minutes: what waits goes out on the next line.
      settleAll();
    },
  };
}

/** A stream of events by `fetch`: an `EventSource` could not send the token in a header. */
function openEvents(api: Api, token: string, after: number, events: AttemptEvents): Attempt {
  const controller = new AbortController();
  const read = async (): Promise<void> => {
    const answer = await api.events(token, after, controller.signal);
    if (!answer.ok) events.refused(answer.error);
    else {
      const reader = answer.value.body?.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
        if (done || value === undefined) break;
        events.heard();
        const blocks = (rest + value).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) tell(block, events);
      }
    }
  };
  read()
    // Cut off: the same as an end.
    .catch(() => undefined)
    .finally(() => events.over());
  return { deliver: frame => api.post(frame), renew: () => undefined, close: () => controller.abort() };
}

function tell(block: string, events: AttemptEvents): void {
  const field = (name: string): string | undefined =>
    block
      .split('\n')
      .find(line => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = field('data');
  if (data === undefined) return;
  const event = field('event');
  if (event === 'ready') {
    events.heard((JSON.parse(data) as { heartbeat_ms: number }).heartbeat_ms);
    events.ready();
  } else if (event === 'message') events.message(JSON.parse(data) as Push);
  else if (event === 'error') events.refused(JSON.parse(data) as WebError);
}
