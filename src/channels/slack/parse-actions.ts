/** What was picked in a block element, and what the inputs around it held. */
import type { InboundContent } from '../../message/content.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asId, asNumber, asObject, asObjects, asText } from '../json.ts';
import { LINK_ACTION } from './blocks.ts';

/** A button that opens an address tells of it as well; that is no answer to us. */
export const isLink = (action: JsonObject): boolean =>
  asId(action.url) !== undefined || (asText(action.action_id) ?? '').startsWith(LINK_ACTION);

type Picked = Omit<Extract<InboundContent, { kind: 'choice' }>, 'values'>;

/** Our own menus carry our choice's id as the value; where there is none, the action's id names what was done. */
export function readAction(action: JsonObject): Picked {
  const actionId = asText(action.action_id) ?? '';
  const option = asObject(action.selected_option);
  const picked = (from: Picked['from'], id: string | undefined, label: string | undefined): Picked => ({
    kind: 'choice',
    from,
    id: id ?? actionId,
    label: label ?? id ?? actionId,
  });
  switch (action.type) {
    case 'button':
    case 'icon_button':
    case 'feedback_buttons':
      return picked('button', asId(action.value), label(action.text));
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
      return picked('list', asId(option?.value), label(option?.text));
    case 'overflow':
      return picked('menu', asId(option?.value), label(option?.text));
    default:
      return { ...picked('action', undefined, undefined), label: wordsOf(simplify(action)) };
  }
}

const label = (text: JsonValue | undefined): string | undefined => asId(asObject(text)?.text);

const wordsOf = (value: JsonValue): string => {
  if (Array.isArray(value)) return value.map(wordsOf).join(', ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};

/** `state.values`: what each input held, by block and action, without Slack's wrapping. Absent where there are none. */
export function stateValues(values: JsonValue | undefined): JsonObject | undefined {
  const blocks = Object.entries(asObject(values) ?? {}).map(([block, actions]) => [
    block,
    Object.fromEntries(
      Object.entries(asObject(actions) ?? {}).map(([action, input]) => [
        action,
        simplify(asObject(input) ?? {}),
      ]),
    ),
  ]);
  return blocks.length === 0 ? undefined : Object.fromEntries(blocks);
}

const SINGLE = [
  'value',
  'selected_date',
  'selected_time',
  'selected_user',
  'selected_conversation',
  'selected_channel',
];
const SEVERAL = ['selected_users', 'selected_conversations', 'selected_channels'];

/** https://docs.slack.dev/reference/block-kit/block-elements */
function simplify(input: JsonObject): JsonValue {
  for (const name of SINGLE) {
    const value = asText(input[name]);
    if (value !== undefined) return value;
  }
  const time = asNumber(input.selected_date_time);
  if (time !== undefined) return time;
  const option = asObject(input.selected_option);
  if (option !== undefined) return asText(option.value) ?? null;
  for (const name of SEVERAL) if (Array.isArray(input[name])) return input[name];
  if (Array.isArray(input.selected_options))
    return asObjects(input.selected_options).map(one => asText(one.value) ?? '');
  if (Array.isArray(input.files)) return asObjects(input.files).map(file => asText(file.id) ?? '');
  return asObject(input.rich_text_value) ?? null;
}
