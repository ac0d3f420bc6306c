/** Answers to what we offered: buttons, lists, flows, permissions. */
import type { InboundContent } from '../../message/content.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asObject, asText, compact, readableJson } from '../json.ts';
import type { Malformed } from './content.ts';
import { unsupported } from './content.ts';

export function interactiveContent(message: JsonObject): InboundContent | Malformed {
  const interactive = asObject(message.interactive);
  // It happens that only `errors` come along.
  if (interactive === undefined) return unsupported(message, 'interactive');
  const type = asId(interactive.type) ?? 'unknown';
  const reply = asObject(interactive[type]);
  if (reply === undefined) return unsupported(message, `interactive.${type}`);
  switch (type) {
    case 'button_reply':
      return choice('button', reply);
    case 'list_reply':
      return choice('list', reply);
    case 'nfm_reply':
      return form(reply);
    case 'call_permission_reply':
      return {
        kind: 'choice',
        from: 'action',
        id: type,
        label: asText(reply.response) ?? '',
        values: reply,
      };
    default:
      return unsupported(message, `interactive.${type}`);
  }
}

function choice(from: 'button' | 'list', reply: JsonObject): InboundContent | Malformed {
  const id = asText(reply.id);
  const label = asText(reply.title);
  if (id === undefined && label === undefined) return { malformed: `a ${from} reply without an id` };
  return { kind: 'choice', from, id: id ?? label ?? '', label: label ?? id ?? '' };
}

/** https://developers.facebook.com/docs/whatsapp/flows/guides/receiveflowresponse: the answers are JSON in a text. */
function form(reply: JsonObject): InboundContent | Malformed {
  const answers = readableJson(asText(reply.response_json) ?? '{}');
  if (answers === undefined) return { malformed: 'a flow whose answers are not JSON' };
  const { flow_token: token, ...values } = answers;
  return compact({ kind: 'form' as const, name: asId(reply.name), token: asText(token), values });
}
