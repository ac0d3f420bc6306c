/**
 * Adapters from outside, for commands that take a type: those that hub.yaml names. What is wrong elsewhere in the
 * configuration does not keep them from being found.
 */
import type { ChannelDefinition } from '../channels/channel.ts';
import { definitionOf } from '../channels/index.ts';
import { isObject } from '../channels/json.ts';
import { loadAdapter } from '../config/adapters.ts';
import type { Checked } from '../config/load.ts';
import { recordingsOf } from '../kit/recordings.ts';
import { slug } from '../kit/rule.ts';
import type { Recording, Subject } from '../kit/subject.ts';
import type { Trigger } from '../sandbox/platform.ts';
import { loadSubject } from './adapter-load.ts';
import { checked } from './checked.ts';
import type { Session } from './io.ts';

export interface Outside {
  readonly definition: ChannelDefinition;
  /** The adapter's part of the first channel of this type; else the account of its own tests; null: neither is there. */
  readonly config: Record<string, unknown> | null;
  /** Its recordings, as far as they are JSON that the platform would sign. */
  triggers(): readonly Trigger[];
}

/** Loads what hub.yaml names; empty where there is none. */
export function outsideAdapters(
  session: Session,
  { adapters, config }: Checked = checked(session),
): readonly Outside[] {
  return adapters.flatMap(path => {
    const loaded = loadAdapter(path);
    if (!loaded.ok) return [];
    const { definition } = loaded;
    const channel = config?.channels.find(({ type }) => type === definition.type);
    const tested = loadSubject(path);
    const subject = tested.ok ? tested.subject : null;
    return {
      definition,
      config: channel?.adapter ?? (subject === null ? null : sampleOf(subject)),
      triggers: () => (subject === null ? [] : recordingsOf(subject).flatMap(triggerOf)),
    };
  });
}

/** Shipped types come first: they need no configuration. */
export const outsideOf = (type: string, session: Session): Outside | undefined =>
  definitionOf(type) === undefined
    ? outsideAdapters(session).find(({ definition }) => definition.type === type)
    : undefined;

function sampleOf({ definition, config }: Subject): Record<string, unknown> | null {
  const read = definition.config.safeParse(config);
  return read.success ? read.data : null;
}

function triggerOf({ name, request }: Recording): readonly Trigger[] {
  const { body, method = 'POST', unsigned = false } = request;
  if (method !== 'POST' || unsigned || !isObject(body)) return [];
  const json = body;
  return [
    { name: slug(name), describe: name, params: [], draft: () => ({ json, encoding: 'json' as const }) },
  ];
}
