/**
 * What Slack's error names mean for a delivery, as data.
 * https://docs.slack.dev/reference/methods/chat.postMessage#errors
 */
import type { FaultCode } from '../../message/fault.ts';

/** `done`: what we asked for is so already. No post is: see `refusal` in answer.ts. */
export type Meaning = FaultCode | 'done';

const NAMES: Readonly<Record<Meaning, string>> = {
  'rate-limited': 'ratelimited rate_limited message_limit_exceeded',
  // The post did not begin: the workspace is away, or the request came in pieces.
  unavailable: 'service_unavailable request_timeout team_added_to_org org_login_required',
  // "It's possible some aspect of the operation succeeded before the error was raised."
  ambiguous: 'internal_error fatal_error',
  unauthorized: `invalid_auth not_authed account_inactive token_revoked token_expired missing_scope no_permission
    not_allowed_token_type access_denied`,
  misconfigured: `two_factor_setup_required enterprise_is_restricted team_access_not_granted accesslimited
    deprecated_endpoint method_deprecated ekm_access_denied`,
  unreachable: `channel_not_found not_in_channel is_archived user_not_found user_not_in_channel user_disabled
    cannot_dm_bot messages_tab_disabled is_inactive restricted_action restricted_action_read_only_channel
    restricted_action_thread_only_channel restricted_action_non_threadable_channel
    restricted_action_thread_locked channel_type_not_supported slack_connect_canvas_sharing_blocked
    slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked slack_connect_clip_sharing_blocked
    slack_connect_blocked_file_type`,
  'window-closed': `expired_trigger_id exchanged_trigger_id invalid_trigger_id trigger_expired trigger_exchanged
    hash_conflict used_url expired_url`,
  'invalid-message': `msg_too_long msg_blocks_too_long no_text invalid_blocks invalid_blocks_format
    invalid_attachments too_many_attachments too_many_contact_cards attachment_payload_limit_exceeded
    invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_json
    json_not_object invalid_post_type missing_post_type missing_post_data invalid_thread_ts thread_not_found
    cannot_reply_to_message invalid_metadata_format invalid_metadata_schema metadata_too_large
    metadata_must_be_sent_from_app invalid_chunks markdown_text_conflict as_user_not_supported missing_file_data
    message_not_found cant_update_message edit_window_closed cant_delete_message bad_timestamp invalid_name
    too_many_emoji too_many_reactions message_not_owned_by_app stopped_by_user`,
  unsupported: 'unknown_method not_implemented',
  'not-connected': '',
  'held-too-long': '',
  expired: '',
  internal: '',
  done: 'already_reacted no_reaction already_in_channel',
};

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries(NAMES).flatMap(([meaning, names]) =>
    names
      .split(/\s+/)
      .filter(name => name !== '')
      .map(name => [name, asMeaning(meaning)] as const),
  ),
);

/** `Object.entries` forgets the type of the keys it gives. */
function asMeaning(key: string): Meaning {
  return key as Meaning;
}

/** Every name the table knows, with its meaning. */
export const knownErrors = (): readonly (readonly [string, Meaning])[] => [...MEANINGS];

const FAMILIES: readonly (readonly [RegExp, Meaning])[] = [
  [/^duplicate_/, 'done'],
  [/^restricted_action/, 'unreachable'],
  [/^slack_connect_\w+_blocked$/, 'unreachable'],
];

/** A refusal by name is clear, even by a name we do not know: the same again would be refused again. */
export const meaningOf = (error: string): Meaning =>
  MEANINGS.get(error) ?? FAMILIES.find(([family]) => family.test(error))?.[1] ?? 'invalid-message';
