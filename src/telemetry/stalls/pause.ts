/**
 * Where the main thread is, also while its loop stands still: a debugger's pause, for as long as it takes to read the
 * stack. A CPU profile would be gentler, and misses much: a loop that was compiled while it ran may have no name there.
 */
import { Session } from 'node:inspector';
import { type Place, shownStack } from './stack.ts';

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

/** A thread that stands in a call of the system, or ends, does not pause. */
const LIMIT_MS = 2_000;

/** From a thread other than the main one. */
export const stackOfMainThread = (isStill: () => boolean): Promise<readonly string[]> =>
  pausedStack(listen => {
    const session = new Session();
    session.connectToMainThread();
    // Typed without what it is told of: each event's own name has that, and here one road takes them all.
    session.on('inspectorNotification', notice => listen(notice as unknown as Notice));
    return { post: method => session.post(method), close: () => session.disconnect() };
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

function shown(frames: readonly Frame[], urls: ReadonlyMap<string, string>): readonly string[] {
  const places = frames.map(
    ({ functionName, location }): Place => ({
      functionName,
      url: urls.get(location.scriptId) ?? '',
      lineNumber: location.lineNumber,
    }),
  );
  return shownStack(places);
}
