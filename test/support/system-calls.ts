/**
 * What a hub asked of the system, in the order in which it did, as strace saw it: what was on the disk at the moment
 * of an answer or a call, which nothing inside the hub can prove. https://man7.org/linux/man-pages/man1/strace.1.html
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { until } from './wait.ts';

export interface SystemCall {
  readonly name: string;
  readonly fd: number;
  readonly arguments: string;
  readonly result: number;
  /** Places in the trace: a call that ended before another began was over by then. */
  readonly begun: number;
  readonly ended: number;
  /** Of a descriptor the trace saw opened, and the flags it was opened with. */
  readonly file: { readonly path: string; readonly flags: string } | null;
}

const WATCHED = 'openat,close,read,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync';
/** Longer than anything a test writes at once. */
const STRING_BYTES = 20_000;

/** That it is installed and may follow a process. */
export const canTrace = (): boolean => spawnSync('strace', ['-D', '-o', '/dev/null', 'true']).status === 0;

/** In front of a command: it keeps its process id, and everything it does is written to the file. */
export const traced = (file: string): readonly string[] => [
  'strace',
  '-D',
  '-f',
  '--seccomp-bpf',
  '-q',
  '-s',
  String(STRING_BYTES),
  '-e',
  `trace=${WATCHED}`,
  '-e',
  'signal=none',
  '-o',
  file,
];

/** Once the process is gone. Strings are as strace writes them: quotes behind a backslash. */
export async function callsIn(file: string, pid: number): Promise<readonly SystemCall[]> {
  const end = new RegExp(`^${pid} +\\+\\+\\+ exited with`, 'm');
  let text = '';
  await until(() => {
    text = readFileSync(file, 'utf8');
    return end.test(text);
  }, 'the end of the trace');
  const calls: SystemCall[] = [];
  const files = new Map<number, NonNullable<SystemCall['file']>>();
  for (const call of wholeCalls(text.split('\n'))) {
    const fd = Number.parseInt(call.arguments, 10);
    calls.push({ ...call, fd, file: files.get(fd) ?? null });
    if (call.name === 'close') files.delete(fd);
    const [, path = '', flags = ''] = OPENED.exec(call.arguments) ?? [];
    if (call.name === 'openat' && call.result >= 0) files.set(call.result, { path, flags });
  }
  return calls;
}

const OPENED = /^[^,]+, "([^"]*)", ([^,]+)/;
const WHOLE = /^(\d+) +(\w+)\((.*)\) += (-?\d+)/;
const BEGUN = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/;
const RESUMED = /^(\d+) +<\.\.\. \w+ resumed>(.*)\) += (-?\d+)/;

type Bare = Omit<SystemCall, 'fd' | 'file'>;

/** In the order of their ends. What never ended is left out. */
function* wholeCalls(lines: readonly string[]): Generator<Bare> {
  const open = new Map<string, Pick<Bare, 'name' | 'arguments' | 'begun'>>();
  for (const [place, line] of lines.entries()) {
    const whole = WHOLE.exec(line);
    const begun = BEGUN.exec(line);
    const resumed = RESUMED.exec(line);
    if (whole !== null) {
      const [, , name = '', given = '', result] = whole;
      yield { name, arguments: given, result: Number(result), begun: place, ended: place };
    } else if (begun !== null) {
      const [, thread = '', name = '', given = ''] = begun;
      open.set(thread, { name, arguments: given, begun: place });
    } else if (resumed !== null) {
      const [, thread = '', rest = '', result] = resumed;
      const start = open.get(thread);
      open.delete(thread);
      if (start !== undefined)
        yield { ...start, arguments: start.arguments + rest, result: Number(result), ended: place };
    }
  }
}

/**
 * When the disk had the first thing written to such a file with this text in it: at once where the file is open for
 * that (`O_DSYNC`), else with the first sync begun after it. Infinity where it never had.
 */
export function durableAt(calls: readonly SystemCall[], inFile: RegExp, text: string): number {
  const isIn = ({ file }: SystemCall): boolean => file !== null && inFile.test(file.path);
  const write = calls.find(call => WRITES.test(call.name) && isIn(call) && call.arguments.includes(text));
  if (write === undefined || write.result < 0) return Number.POSITIVE_INFINITY;
  if (/\bO_D?SYNC\b/.test(write.file?.flags ?? '')) return write.ended;
  const sync = calls.find(
    ({ name, fd, result, begun }) =>
      SYNCS.test(name) && fd === write.fd && result === 0 && begun > write.ended,
  );
  return sync?.ended ?? Number.POSITIVE_INFINITY;
}

const WRITES = /^p?writev?(64|2)?$/;
const SYNCS = /^f(data)?sync$/;

/** When this was begun to be written to a connection. */
export function toldAt(calls: readonly SystemCall[], isIt: (call: SystemCall) => boolean): number {
  const told = calls.find(call => /^writev?$/.test(call.name) && call.file === null && isIt(call));
  return told?.begun ?? Number.NaN;
}
