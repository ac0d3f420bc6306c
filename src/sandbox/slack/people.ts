/** Who we are, who they are, and what an assistant shows. https://docs.slack.dev/reference/methods/auth.test */
import { asId, asList, asText } from '../../channels/json.ts';
import { type Api, conversation, isTs, taken } from './api.ts';
import { type Arguments, type Method, type Outcome, refused } from './calls.ts';

export function peopleMethods(api: Api): Readonly<Record<string, Method>> {
  const { self } = api;
  return {
    'api.test': args => ({ body: { args } }),
    'auth.test': () => ({
      body: {
        url: 'https://sandbox.slack.example/',
        team: 'Sandbox',
        user: 'patchbay',
        team_id: self.teamId,
        user_id: self.botUserId,
        bot_id: self.botId,
        is_enterprise_install: false,
      },
    }),
    'users.info': args => user(args, api),
    'assistant.threads.setStatus': args => assistant(args, api, 'status'),
    'assistant.threads.setTitle': args => assistant(args, api, 'title'),
    'assistant.threads.setSuggestedPrompts'(args) {
      if (asList(args.prompts).length > 4 || asList(args.prompts).length === 0)
        return refused('invalid_arguments');
      return assistant({ ...args, title: asText(args.title) ?? 'prompts' }, api, 'title');
    },
  };
}

const USER = /^[UW][A-Z0-9]{2,}$/;

function user(args: Arguments, { self }: Api): Outcome {
  const id = asId(args.user);
  if (id === undefined || !USER.test(id) || id.includes('NOTFOUND')) return refused('user_not_found');
  const isBot = id === self.botUserId;
  const name = isBot ? 'patchbay' : `person-${id.slice(-4).toLowerCase()}`;
  return {
    body: {
      user: {
        id,
        team_id: self.teamId,
        name,
        deleted: false,
        real_name: isBot ? 'Patchbay' : `Person ${id.slice(-4)}`,
        tz: 'Europe/Madrid',
        locale: 'en-US',
        profile: { display_name: name, real_name: name, email: `${name}@acme.example` },
        is_bot: isBot,
      },
    },
  };
}

function assistant(args: Arguments, api: Api, field: 'status' | 'title'): Outcome {
  const at = conversation(api, args);
  if ('error' in at) return at;
  if (!isTs(asId(args.thread_ts))) return refused('invalid_thread_ts');
  const said = asText(args[field]);
  if (said === undefined) return refused('invalid_arguments');
  return { body: {}, taken: taken({ conversation: at.id, text: `(${field}: ${said})` }) };
}
