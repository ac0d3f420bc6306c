/** A stack, as people are shown it: functions and places alone, so that no text of a message is in it. */
import { fileURLToPath } from 'node:url';

export interface Place {
  readonly functionName: string;
  /** Empty for what has no file. */
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
}

/** Below it files are named in short. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAX_FRAMES = 12;

/** `function file:line`, in the order given; the runtime's own are of interest where there is nothing else. */
export function shownStack(places: readonly Place[]): readonly string[] {
  const ours = places.filter(({ url }) => url !== '' && !url.startsWith('node:'));
  return (ours.length === 0 ? places : ours).slice(0, MAX_FRAMES).map(({ functionName, url, lineNumber }) => {
    const path = url.startsWith('file:') ? fileURLToPath(url) : url;
    const place = path.startsWith(ROOT) ? path.slice(ROOT.length) : path;
    return `${functionName === '' ? '(anonymous)' : functionName} ${place}:${lineNumber + 1}`;
  });
}
