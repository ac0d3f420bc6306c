/** What Slack says, in our words: one request is an event, an interaction or a command. */
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import { type ChannelIdentity, Unreadable } from '../channel.ts';
import { asId, asObject, asObjects, readJson } from '../json.ts';
import type { WebhookRequest } from '../webhook.ts';
import type { SlackConfig } from './config.ts';
import { looksLikeJson, readForm } from './form.ts';
import { parseCommand, parseOutgoingWebhook } from './parse-commands.ts';
import { parseEvent } from './parse-events.ts';
import { parseInteraction } from './parse-interactions.ts';
import { ignored, nameForReason, type Receiver, signedAt } from './telling.ts';

export function parser(
  identity: ChannelIdentity,
  account: SlackConfig['account'],
): (request: WebhookRequest) => readonly InboundEvent[] {
  return request => {
    const receiver: Receiver = { identity, account, self: account.bot_user_id, signedAt: signedAt(request) };
    return looksLikeJson(request.body)
      ? parseOuter(readJson(request.body), receiver)
      : parseForm(readForm(request.body), receiver);
  };
}

/** https://docs.slack.dev/apis/events-api/#events-JSON */
function parseOuter(outer: JsonObject, receiver: Receiver): readonly InboundEvent[] {
  switch (outer.type) {
    case 'event_callback': {
      const authorizations = asObjects(outer.authorizations);
      const stranger = strangeness(receiver, outer.api_app_id, [
        outer.team_id,
        outer.context_team_id,
        outer.enterprise_id,
        outer.context_enterprise_id,
        ...authorizations.flatMap(one => [one.team_id, one.enterprise_id]),
      ]);
      if (stranger !== undefined) return ignored(stranger);
      const bot = authorizations.find(one => one.is_bot === true);
      return parseEvent(outer, { ...receiver, self: receiver.self ?? asId(bot?.user_id) });
    }
    case 'app_rate_limited':
      return ignored('app_rate_limited: Slack dropped events of a busy minute');
    case 'url_verification':
      return ignored('url_verification');
    default:
      if (asId(outer.type) === undefined) throw new Unreadable('the body has no type');
      return ignored(`unknown request: ${nameForReason(outer.type)}`);
  }
}

function parseForm(form: ReadonlyMap<string, string>, receiver: Receiver): readonly InboundEvent[] {
  const payload = form.get('payload');
  if (payload !== undefined) {
    const interaction = readJson(payload);
    const view = asObject(interaction.view);
    const stranger = strangeness(receiver, interaction.api_app_id, [
      asObject(interaction.team)?.id,
      asObject(interaction.user)?.team_id,
      asObject(interaction.enterprise)?.id,
      // Someone of another workspace pressed a button of ours in a shared channel.
      asObject(interaction.message)?.team,
      view?.app_installed_team_id,
      view?.team_id,
    ]);
    return stranger === undefined ? parseInteraction(interaction, receiver) : ignored(stranger);
  }
  const stranger = strangeness(receiver, form.get('api_app_id'), [
    form.get('team_id'),
    form.get('enterprise_id'),
  ]);
  if (form.has('command')) return stranger === undefined ? parseCommand(form, receiver) : ignored(stranger);
  if (form.has('trigger_word')) {
    return stranger === undefined ? parseOutgoingWebhook(form, receiver) : ignored(stranger);
  }
  if (form.has('ssl_check')) return ignored('ssl_check');
  throw new Unreadable('a form that is neither an interaction nor a command');
}

/**
 * An app has one address for all workspaces it is installed in; this channel is one of them. What others say must
 * not end up in this tenant, so it is ignored, with the reason given back.
 */
function strangeness({ account }: Receiver, app: unknown, teams: readonly unknown[]): string | undefined {
  if (typeof app === 'string' && app !== account.app_id) return 'for another app';
  const told = teams.filter(team => typeof team === 'string' && team !== '');
  return told.length > 0 && !told.includes(account.team_id) ? 'for another workspace' : undefined;
}
