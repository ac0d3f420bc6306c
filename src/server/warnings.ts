/** What `/readyz` warns of, each with what to do: nothing stands still for it, and people should see to it. */

interface WarningRow {
  readonly meaning: string;
  readonly fix: string;
}

export const WARNINGS = {
  webhooks_refused: {
    meaning:
      'Requests to a channel were refused, and none was taken since: wrong or no signature, another account.',
    fix: 'The warning names the reason and the file: most often the signing secret is not the platform’s.',
  },
  previous_secret: {
    meaning: 'The platform still signs with the secret before, which is accepted beside the new one.',
    fix: 'Keep it in the channel file while this warning stands, a day behind the last such request; then take it out.',
  },
  clock_skew: {
    meaning:
      'A clock is off: this machine’s was set by more than a minute, differs from the platforms’ by as much, or ' +
      'webhooks are refused as too old or from the future.',
    fix: 'Compare `date -u` with the true time. A clock that was set makes no message older; nothing else is to do.',
  },
  old_dead_letters: {
    meaning:
      'Dead letters wait for a decision for longer than `retention.dead_letters`. They are kept until there is one.',
    fix: 'See `patchbay dlq list`; then `dlq replay` or `dlq discard`.',
  },
  config_refused: {
    meaning: 'The configuration was read again and could not be used; the hub goes on with the one before.',
    fix: 'Mend the file and line it names, and send SIGHUP again; or restart, where it says that this takes a restart.',
  },
  event_loop_stalled: {
    meaning:
      'An event loop stood still for more than 200 ms within the hour, so that everybody in its thread waited.',
    fix: 'The warning names thread and place: a processor or an adapter that computes for too long, or a slow machine.',
  },
} as const satisfies Readonly<Record<string, WarningRow>>;

export type WarningCode = keyof typeof WARNINGS;

/** For people, beginning with what programs look for. */
export type Warning = `${WarningCode}: ${string}`;
