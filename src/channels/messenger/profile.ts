/**
 * The page's Messenger profile, put on the page as the channel file has it: what begins a conversation, the greeting,
 * the first questions and the menu.
 * https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api
 */
import type { Fault } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import { faultOfFailure, faultOfStatus, type HttpClient } from '../http.ts';
import { asObject } from '../json.ts';
import { readAnswer } from '../meta/graph.ts';
import { caller } from './call.ts';
import type { MessengerConfig } from './config.ts';
import type { ProfileConfig } from './profile-config.ts';
import { refusal } from './send.ts';

export type ProfileResult =
  | { readonly ok: true; readonly set: readonly string[]; readonly removed: readonly string[] }
  | { readonly ok: false; readonly fault: Fault };

/** The menu before the button it needs: Meta removes the button only where there is no menu. */
const FIELDS = ['persistent_menu', 'ice_breakers', 'greeting', 'get_started'] as const;

/**
 * Sets what the file has and removes what it leaves out; does nothing where the file has no profile. May be called
 * again at any time, and with the same file changes nothing. Two calls at most, neither of them repeated; never
 * throws. Meta takes ten such calls in ten minutes for a page.
 */
export async function applyProfile(
  config: MessengerConfig,
  http: HttpClient,
  signal: AbortSignal,
): Promise<ProfileResult> {
  if (config.profile === undefined) return { ok: true, set: [], removed: [] };
  const fields = profileFields(config.profile);
  const set = Object.keys(fields);
  const removed = FIELDS.filter(field => !set.includes(field));
  const { headers, url } = caller(config);
  const call = async (method: 'POST' | 'DELETE', body: JsonObject): Promise<Fault | null> => {
    const address = url('me', 'messenger_profile');
    const outcome = await http.request({ method, url: address, headers, body: JSON.stringify(body), signal });
    if (outcome.kind === 'failure') return faultOfFailure(outcome);
    const answer = readAnswer(outcome);
    const error = asObject(answer?.error);
    // Nothing waits for a moment to come: the clock is needed only for a wait that nobody reads.
    if (error !== undefined) return refusal(error, outcome, body, { attempt: 1 }, 0);
    return answer?.result === 'success' ? null : faultOfStatus(outcome, 0);
  };
  const fault =
    (set.length === 0 ? null : await call('POST', fields)) ??
    (removed.length === 0 ? null : await call('DELETE', { fields: removed }));
  return fault === null ? { ok: true, set, removed } : { ok: false, fault };
}

/** The body of the call, without what the file leaves out. */
function profileFields(profile: ProfileConfig): JsonObject {
  const { get_started: payload, greeting, ice_breakers: breakers, menu } = profile;
  return {
    ...(payload === undefined ? {} : { get_started: { payload } }),
    ...(greeting.length === 0 ? {} : { greeting }),
    ...(breakers.length === 0
      ? {}
      : {
          ice_breakers: breakers.map(({ locale, questions }) => ({ locale, call_to_actions: questions })),
        }),
    ...(menu.length === 0 ? {} : { persistent_menu: menu.map(menuOf) }),
  };
}

const menuOf = ({ locale, composer, items }: ProfileConfig['menu'][number]): JsonObject => ({
  locale,
  composer_input_disabled: !composer,
  call_to_actions: items.map(({ title, payload, url }) =>
    url === undefined
      ? { type: 'postback', title, payload: payload ?? title }
      : { type: 'web_url', title, url, webview_height_ratio: 'full' },
  ),
});
