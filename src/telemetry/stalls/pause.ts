/**
 * Where a thread is, also one whose loop stands still: a debugger's pause, for as long as it takes to read the stack. A
 * CPU profile would be gentler, and misses what matters: a loop that was compiled while it ran has no name there.
 */
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';

/** A debugger's session with one thread. */
interface Line {
  post(method: string): void;
  /** Ends the session; a pause that has not come yet does not come any more. */
  close(): void;
}

/** https://chromedevtools.github.io/devtools-protocol/v8/Debugger/ */
interface Notice {
  readonly method: string;
  readonly params?: {
    readonly scriptId?: string;
    readonly url?: string;
    readonly callFrames?: readonly Frame[];
  };
}

interface Frame {
  readonly functionName: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number };
}

/** Below it files are named in short. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAX_FRAMES = 12;
/** A thread that stands in a call of the system, or ends, does not pause. */
const LIMIT_MS = 2_000;

/** From a thread other than the main one. */
export const stackOfMainThread = (isStill: () => boolean): Promise<readonly string[]> =>
  pausedStack(listen => {
    const session = new Session();
    session.connectToMainThread();
    session.on('inspectorNotification', notice => listen(notice as unknown as Notice));
    return { post: method => session.post(method), close: () => session.disconnect() };
  }, isStill);

/** From the main thread. */
export const stackOfWorker = (worker: Worker, isStill: () => boolean): Promise<readonly string[]> =>
  pausedStack(listen => {
    const session = new Session();
    session.connect();
    let id: string | null = null;
    let count = 0;
    const early: string[] = [];
    const post = (method: string): void => {
      if (id === null) return void early.push(method);
      const message = JSON.stringify({ id: ++count, method });
      session.post('NodeWorker.sendMessageToWorker', { sessionId: id, message });
    };
    session.on('NodeWorker.attachedToWorker', ({ params: { workerInfo, sessionId } }) => {
      if (!workerInfo.title.startsWith(`[worker ${worker.threadId}]`)) return;
      id = sessionId;
      for (const method of early.splice(0)) post(method);
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
      if (sessionId === id) listen(JSON.parse(message) as Notice);
    });
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return { post, close: () => session.disconnect() };
  }, isStill);

/**
 * `function file:line`, the innermost first: functions and places alone, no text of a message. Empty where the thread
 * could not be paused, or only when it was no longer still: what it does then is not what held it up.
 */
async function pausedStack(
  open: (listen: (notice: Notice) => void) => Line,
  isStill: () => boolean,
): Promise<readonly string[]> {
  const urls = new Map<string, string>();
  const { promise, resolve } = Promise.withResolvers<readonly string[]>();
  const line = open(({ method, params = {} }) => {
    if (method === 'Debugger.scriptParsed') urls.set(params.scriptId ?? '', params.url ?? '');
    if (method !== 'Debugger.paused') return;
    const was = isStill();
    // Before anything else: the thread waits.
    line.post('Debugger.resume');
    resolve(was ? shown(params.callFrames ?? [], urls) : []);
  });
  const timer = setTimeout(resolve, LIMIT_MS, []);
  line.post('Debugger.enable');
  line.post('Debugger.pause');
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    line.close();
  }
}

/** The runtime's own functions are of interest where there is nothing else. */
function shown(frames: readonly Frame[], urls: ReadonlyMap<string, string>): readonly string[] {
  const placed = frames.map(frame => ({ ...frame, url: urls.get(frame.location.scriptId) ?? '' }));
  const ours = placed.filter(({ url }) => url !== '' && !url.startsWith('node:'));
  return (ours.length === 0 ? placed : ours).slice(0, MAX_FRAMES).map(({ functionName, location, url }) => {
    const path = url.startsWith('file:') ? fileURLToPath(url) : url;
    const place = path.startsWith(ROOT) ? path.slice(ROOT.length) : path;
    return `${functionName === '' ? '(anonymous)' : functionName} ${place}:${location.lineNumber + 1}`;
  });
}
