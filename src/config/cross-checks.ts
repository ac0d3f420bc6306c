/** What only shows when all channel files are looked at together. */
import { isObject } from '../channels/json.ts';
import type { LoadedChannel } from './channels.ts';
import type { Problem } from './problem.ts';
import { isOptional, shapeOf } from './schema.ts';
import { placeOf, type Span } from './source.ts';
import { spanAt } from './tree.ts';

export function acrossChannels(channels: readonly LoadedChannel[]): readonly Problem[] {
  return [
    ...twice(channels, ({ id }) => id).map(({ first, second }) => ({
      code: 'PB-C007' as const,
      message: `the id "${second.id}" stands for two channels`,
      file: second.document.source.file,
      help: `rename this file, or ${first.document.source.file}`,
    })),
    ...twice(channels, accountOf).map(({ first, second }) => ({
      code: 'PB-C009' as const,
      message: `two channels for one ${second.definition?.type} account`,
      file: second.document.source.file,
      place: accountPlace(second),
      also: { place: accountPlace(first), label: 'also here' },
      help: 'each message would be answered twice: remove one of the files, or set "enabled: false" in it',
    })),
  ];
}

interface Pair {
  readonly first: LoadedChannel;
  readonly second: LoadedChannel;
}

/** Each channel whose key another before it has already; an undefined key is nobody's. */
function twice(
  channels: readonly LoadedChannel[],
  keyOf: (channel: LoadedChannel) => string | undefined,
): readonly Pair[] {
  const seen = new Map<string, LoadedChannel>();
  const pairs: Pair[] = [];
  for (const channel of channels) {
    const key = keyOf(channel);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, channel);
    else pairs.push({ first, second: channel });
  }
  return pairs;
}

/** What a platform knows the account by: the part `account`, without what may be left out of it. */
function identityKeys({ definition }: LoadedChannel): readonly string[] {
  const account = definition?.config.shape.account;
  return Object.entries(shapeOf(account) ?? {})
    .filter(([, schema]) => !isOptional(schema))
    .map(([key]) => key);
}

function accountOf(channel: LoadedChannel): string | undefined {
  const { config, definition } = channel;
  const account = config?.adapter.account;
  const keys = identityKeys(channel);
  if (config?.enabled !== true || keys.length === 0 || !isObject(account)) return undefined;
  return JSON.stringify([definition?.type, ...keys.map(key => account[key])]);
}

function accountPlace(channel: LoadedChannel) {
  const { document, hidden } = channel;
  const path = ['account', ...identityKeys(channel).slice(0, 1)];
  const span: Span = document.root === undefined ? { start: 0, end: 0 } : spanAt(document.root, path);
  return placeOf(document.source, span, hidden);
}
