/** What a card submits: one of the choices we offered, or whatever the card's author asked for. */
import type { InboundContent } from '../../message/content.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asId, asObject, asText } from '../json.ts';

/** Our own part of a card's data. */
export const OURS = 'patchbay';
/** The input that a menu of ours fills in. */
export const MENU = 'choice';

/** What the card's author put there and the person filled in; the client's own part is left out. */
export function readSubmission(value: JsonValue): InboundContent {
  const data = asObject(value);
  if (data === undefined) return { kind: 'form', values: { value } };
  return readChoice(data) ?? { kind: 'form', values: inputsOf(data) };
}

/** One of ours, by its mark; undefined for anything else. */
export function readChoice(data: JsonObject): InboundContent | undefined {
  const ours = asObject(data[OURS]);
  if (ours === undefined) return undefined;
  const pressed = asText(ours.id);
  if (pressed !== undefined) {
    const label = asText(ours.label) ?? pressed;
    return { kind: 'choice', from: 'button', id: pressed, label, values: inputsOf(data) };
  }
  const picked = asId(data[MENU]);
  if (picked === undefined) return undefined;
  const labels = asObject(ours.labels) ?? {};
  const label = Object.hasOwn(labels, picked) ? asText(labels[picked]) : undefined;
  return { kind: 'choice', from: 'list', id: picked, label: label ?? picked };
}

export const inputsOf = (data: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(data).filter(([name]) => name !== OURS && name !== 'msteams'));
