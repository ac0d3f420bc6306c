/** The named points of the hub: what has happened by then, and nothing more. */

export interface CrashPoint {
  readonly name: string;
  readonly after: string;
  /** The hub kills itself there, told by `HUB_CRASH`; or the platform's side shows when it is there. */
  readonly by: 'hub' | 'platform';
  /** Passed for a message in work: what dies there is looked at more carefully at the next start. */
  readonly inWork: boolean;
  /** Passed for certain only by a hub that is told to stop: so it is, a while after it answers. */
  readonly whenStopped: boolean;
}

const point = (name: string, after: string, more: Partial<CrashPoint> = {}): CrashPoint => ({
  name,
  after,
  by: 'hub',
  inWork: false,
  whenStopped: false,
  ...more,
});

/**
 * Between two items of an operator's replay: killed at in `test/server/dead-letters-kill.test.ts`. Between two batches
 * of what is forgotten: in `test/faults/retention-kill.test.ts`.
 */
export const KILLED_ELSEWHERE: readonly string[] = ['CP14', 'CP16'];

export const POINTS: readonly CrashPoint[] = [
  point('CP1', 'a webhook has been read'),
  point('CP2', 'its sender has been verified'),
  point('CP3', 'it is written to the journal and not synced'),
  point('CP4', 'it is durable and not answered'),
  point('CP5', 'it is answered'),
  point('CP6', 'a message has been given out to the pipeline', { inWork: true }),
  point('CP7', 'it is between two processors', { inWork: true }),
  point('CP8', 'its reply is made and not stored', { inWork: true }),
  point('CP9', 'its reply is stored', { inWork: true }),
  point('CP10', 'the intent to send is stored'),
  point('CP11', 'the platform has taken the call and not answered', { by: 'platform' }),
  point('CP12', 'the platform has answered and that is not stored'),
  point('CP13', 'the outcome is stored'),
  point('CP15', 'a checkpoint has written its pages and not yet their checksums', { whenStopped: true }),
];
