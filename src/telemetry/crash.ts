/** Named points at which tests end the process, as a power cut would. Does nothing unless it was asked for. */

const SPEC = /^(CP\d+)(?::(\d+))?$/;

/** Whether it is there that the process is to end. */
export const crashesAt = (spec: string | undefined, point: string): boolean =>
  SPEC.exec(spec ?? '')?.[1] === point;

/** `CP4:3`: at the third time that CP4 is reached. */
export function crashPoints(spec: string | undefined): (point: string) => void {
  const [, wanted, nth = '1'] = SPEC.exec(spec ?? '') ?? [];
  if (wanted === undefined) return () => {};
  let left = Number(nth);
  return point => {
    if (point === wanted && --left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
