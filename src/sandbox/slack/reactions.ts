/** `reactions.*`. https://docs.slack.dev/reference/methods/reactions.add */
import { asId, asList, asObjects, asText } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { type Api, conversation, isTs, taken } from './api.ts';
import { type Arguments, type Method, type Outcome, type Refused, refused } from './calls.ts';

const NAME = /^[a-z0-9_+'-]{1,100}(?:::skin-tone-[2-6])?$/;

export function reactionMethods(api: Api): Readonly<Record<string, Method>> {
  return {
    'reactions.add': args => react(args, api, true),
    'reactions.remove': args => react(args, api, false),
    'reactions.get': args => {
      const found = target(args, api);
      if ('error' in found) return found;
      return { body: { type: 'message', channel: found.id, message: found.message } };
    },
  };
}

function react(args: Arguments, api: Api, isAdding: boolean): Outcome {
  const found = target(args, api);
  if ('error' in found) return found;
  const name = asText(args.name) ?? '';
  if (!NAME.test(name)) return refused('invalid_name');
  const { id, message } = found;
  const { botUserId } = api.self;
  const reactions = asObjects(message.reactions);
  const mine = reactions.some(one => one.name === name && asList(one.users).includes(botUserId));
  if (isAdding && mine) return refused('already_reacted');
  if (!isAdding && !mine) return refused('no_reaction');
  const others = reactions.filter(one => one.name !== name);
  const added = isAdding ? [{ name, users: [botUserId], count: 1 }] : [];
  api.known.change(id, String(message.ts), { ...message, reactions: [...others, ...added] });
  return {
    body: {},
    taken: taken({ conversation: id, text: isAdding ? `:${name}:` : `(:${name}: taken back)` }),
  };
}

/** A message nobody told the sandbox of is believed to be there, unless it is to be strict. */
function target(args: Arguments, api: Api): { readonly id: string; readonly message: JsonObject } | Refused {
  const at = conversation(api, args);
  if ('error' in at) return at;
  const ts = asId(args.timestamp);
  if (!isTs(ts)) return refused('bad_timestamp');
  const known = api.known.find(at.id, ts);
  if (known !== undefined) return { id: at.id, message: known };
  if (api.context.behaviour.strangers === 'refused') return refused('message_not_found');
  api.known.learn({ type: 'message', channel: at.id, ts });
  return { id: at.id, message: { type: 'message', ts } };
}
