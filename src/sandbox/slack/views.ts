/** `views.*`: a trigger lives three seconds and opens one thing. https://docs.slack.dev/reference/methods/views.open */
import { asId, asObject, asText } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { letters } from '../random.ts';
import { remembered } from '../remembered.ts';
import { type Api, taken } from './api.ts';
import { checkBlocks } from './blocks.ts';
import { type Arguments, type Method, type Outcome, type Refused, refused } from './calls.ts';
import { blockErrors } from './chat.ts';

const TRIGGER_LIVES_MS = 3_000;
const MAX_REMEMBERED = 1_000;
const MAX_BLOCKS = 100;

export interface Views {
  readonly methods: Readonly<Record<string, Method>>;
  /** An interaction or a command brought it. */
  learn(triggerId: string): void;
}

export function views(api: Api): Views {
  const { now, random, behaviour } = api.context;
  const triggers = remembered<{ readonly at: number; readonly used: boolean }>(MAX_REMEMBERED);
  const opened = remembered<JsonObject>(MAX_REMEMBERED);

  function use(args: Arguments): Refused | null {
    const id = asId(args.trigger_id);
    if (id === undefined) return refused('invalid_arguments');
    const trigger = triggers.get(id);
    if (trigger === undefined)
      return behaviour.strangers === 'refused' ? refused('invalid_trigger_id') : null;
    if (trigger.used) return refused('exchanged_trigger_id');
    if (now() - trigger.at > TRIGGER_LIVES_MS) return refused('expired_trigger_id');
    triggers.set(id, { ...trigger, used: true });
    return null;
  }

  function keep(args: Arguments, before: JsonObject): Outcome {
    const view = asObject(args.view);
    const wrong = checkView(view);
    if (wrong !== null) return wrong;
    const id = asId(before.id) ?? `V0${letters(9, random)}`;
    const { teamId, appId, botId } = api.self;
    const kept = {
      ...before,
      ...view,
      id,
      team_id: teamId,
      app_id: appId,
      bot_id: botId,
      app_installed_team_id: teamId,
      hash: `${Math.floor(now() / 1_000)}.${letters(8, random)}`,
      state: { values: {} },
    };
    opened.set(id, kept);
    const title = asText(asObject(view?.title)?.text) ?? '(view)';
    return { body: { view: kept }, taken: taken({ text: title }) };
  }

  const open: Method = args => use(args) ?? keep(args, {});
  return {
    learn: triggerId => triggers.set(triggerId, { at: now(), used: false }),
    methods: {
      'views.open': open,
      'views.push': open,
      'views.publish': args =>
        asId(args.user_id) === undefined ? refused('invalid_arguments') : keep(args, {}),
      'views.update'(args) {
        const found = opened.get(asId(args.view_id) ?? '');
        if (found === undefined) return refused('not_found');
        const hash = asId(args.hash);
        return hash !== undefined && hash !== found.hash ? refused('hash_conflict') : keep(args, found);
      },
    },
  };
}

function checkView(view: JsonObject | undefined): Refused | null {
  if (view === undefined || (view.type !== 'modal' && view.type !== 'home'))
    return refused('invalid_arguments');
  const title = asText(asObject(view.title)?.text) ?? '';
  const lengths: readonly (readonly [string, number])[] = [
    [title, 24],
    [asText(asObject(view.submit)?.text) ?? '', 24],
    [asText(asObject(view.close)?.text) ?? '', 24],
    [asText(view.callback_id) ?? '', 255],
    [asText(view.private_metadata) ?? '', 3_000],
  ];
  if (view.type === 'modal' && title === '') return refused('invalid_arguments');
  if (lengths.some(([text, max]) => text.length > max)) return refused('invalid_arguments');
  return blockErrors(checkBlocks(view.blocks, MAX_BLOCKS));
}
