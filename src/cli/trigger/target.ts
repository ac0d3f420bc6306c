/** What is to be triggered, and on which channel. */
import type { ChannelDefinition } from '../../channels/channel.ts';
import { definitionOf } from '../../channels/index.ts';
import type { ChannelConfig, HubConfig } from '../../config/config.ts';
import { nearest } from '../../config/suggest.ts';
import { platformOf } from '../../sandbox/index.ts';
import type { SandboxPlatform, Trigger } from '../../sandbox/platform.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Session } from '../io.ts';
import { outsideOf } from '../outside.ts';
import { unknownType } from '../parse.ts';

export interface Kind {
  /** As it was asked for. */
  readonly name: string;
  readonly definition: ChannelDefinition;
  /** Null for an adapter from outside: nobody plays its platform. */
  readonly platform: SandboxPlatform | null;
  /** Null where a raw body is given. */
  readonly trigger: Trigger | null;
}

/** The kind, or the exit code after what is wrong was told. */
export function findKind(asked: string, isRaw: boolean, session: Session): Kind | ExitCode {
  const [type = '', ...rest] = asked.split('.');
  const wanted = rest.join('.');
  const outside = outsideOf(type, session);
  const definition = outside?.definition ?? definitionOf(type);
  if (definition === undefined) return unknownType(type, session);
  const platform = platformOf(type) ?? null;
  const triggers = platform?.triggers ?? outside?.triggers() ?? [];
  if (isRaw) return { name: asked, definition, platform, trigger: null };
  const trigger = triggers.find(({ name }) => name === wanted);
  if (trigger !== undefined) return { name: asked, definition, platform, trigger };
  if (triggers.length === 0) {
    session.problem(`${type} has no recordings in a testing.ts: only --file can be triggered there`);
    return EXIT.usage;
  }
  const near = nearest(
    wanted,
    triggers.map(({ name }) => name),
  );
  const hint = near === undefined ? '' : `; did you mean ${type}.${near}?`;
  session.problem(wanted === '' ? `${type} has many kinds` : `there is no kind ${asked}${hint}`);
  session.note(`"patchbay trigger --list ${type}" shows all of them.`);
  return EXIT.usage;
}

/** The channel, or the exit code after what is wrong was told. */
export function findChannel(
  { definition: { type }, platform }: Kind,
  id: string | undefined,
  config: HubConfig,
  session: Session,
): ChannelConfig | ExitCode {
  const usage = (problem: string): ExitCode => {
    session.problem(problem);
    return EXIT.usage;
  };
  const ofType = config.channels.filter(channel => channel.type === type);
  if (id !== undefined) {
    const named = config.channels.find(channel => channel.id === id);
    if (named?.type === type && named.enabled) return named;
    if (named?.type === type) return usage(`the channel ${id} is not enabled`);
    if (named !== undefined) return usage(`the channel ${id} is of type ${named.type}, not ${type}`);
    const ids = ofType.map(channel => channel.id);
    const near = nearest(id, ids) ?? ids[0];
    return usage(`there is no channel ${id}${near === undefined ? '' : `; did you mean ${near}?`}`);
  }
  const enabled = ofType.filter(channel => channel.enabled);
  // What is said on a live channel is answered on the real platform, to whoever has that number.
  const harmless = enabled.find(channel => channel.sandbox || platform?.play === null);
  if (harmless !== undefined) return harmless;
  const [live] = enabled;
  if (live === undefined) return usage(`there is no channel of type ${type} in this configuration`);
  return usage(
    `${live.id} is live: replies would go to the real platform; say --channel ${live.id} if you mean it`,
  );
}

/** Whether calls of the channel go to a platform of ours, which can be told what was said there. */
export const isPlayed = (channel: ChannelConfig, { platform }: Kind): boolean =>
  channel.sandbox && platform !== null && platform.play !== null;
