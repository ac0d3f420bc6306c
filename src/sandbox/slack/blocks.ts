/** The limits of Block Kit. https://docs.slack.dev/reference/block-kit/blocks */
import { asList, asObject, asObjects, isObject } from '../../channels/json.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';

/** What is wrong, and where as a JSON pointer. */
export interface BlockError {
  readonly text: string;
  readonly at: string;
}

type Errors = readonly BlockError[];

const fault = (text: string, at: string): Errors => [{ text, at }];
const none: Errors = [];

/** A text object of 1 to `max` characters. */
function text(value: JsonValue | undefined, at: string, max: number, plainOnly = false): Errors {
  const found = asObject(value);
  if (found === undefined) return fault('missing required field: text', at);
  const types = plainOnly ? ['plain_text'] : ['plain_text', 'mrkdwn'];
  if (!types.includes(String(found.type))) return fault(`must be ${types.join(' or ')}`, `${at}/type`);
  if (typeof found.text !== 'string' || found.text === '')
    return fault('must be more than 0 characters', `${at}/text`);
  return found.text.length > max ? fault(`must be less than ${max + 1} characters`, `${at}/text`) : none;
}

function string(value: JsonValue | undefined, at: string, max: number, required = false): Errors {
  if (value === undefined) return required ? fault(`missing required field`, at) : none;
  if (typeof value !== 'string') return fault('must be a string', at);
  return value.length > max ? fault(`must be less than ${max + 1} characters`, at) : none;
}

function count(value: JsonValue | undefined, at: string, max: number): Errors {
  const found = asList(value).length;
  if (found === 0) return fault('no fewer than 1 items required', at);
  return found > max ? fault(`no more than ${max} items allowed`, at) : none;
}

const options = (value: JsonValue | undefined, at: string, max: number): Errors => [
  ...count(value, at, max),
  ...asObjects(value).flatMap((option, index) => [
    ...text(option.text, `${at}/${index}/text`, 75),
    ...string(option.value, `${at}/${index}/value`, 150, true),
    ...(option.description === undefined ? none : text(option.description, `${at}/${index}/description`, 75)),
  ]),
];

/** https://docs.slack.dev/reference/block-kit/block-elements */
function element(found: JsonObject, at: string): Errors {
  const ids = string(found.action_id, `${at}/action_id`, 255);
  switch (found.type) {
    case 'button':
      return [
        ...ids,
        ...text(found.text, `${at}/text`, 75, true),
        ...string(found.value, `${at}/value`, 2_000),
        ...string(found.url, `${at}/url`, 3_000),
      ];
    case 'static_select':
    case 'multi_static_select':
      return [
        ...ids,
        ...(found.placeholder === undefined ? none : text(found.placeholder, `${at}/placeholder`, 150, true)),
        ...(found.option_groups === undefined ? options(found.options, `${at}/options`, 100) : none),
      ];
    case 'overflow':
      return [...ids, ...options(found.options, `${at}/options`, 5)];
    case 'radio_buttons':
    case 'checkboxes':
      return [...ids, ...options(found.options, `${at}/options`, 10)];
    case 'image':
      return [
        ...string(found.image_url, `${at}/image_url`, 3_000),
        ...string(found.alt_text, `${at}/alt_text`, 2_000, true),
      ];
    default:
      return typeof found.type === 'string' ? ids : fault('missing required field: type', `${at}/type`);
  }
}

const elements = (block: JsonObject, at: string, max: number): Errors => [
  ...count(block.elements, `${at}/elements`, max),
  ...asObjects(block.elements).flatMap((one, index) =>
    isText(one) ? text(one, `${at}/elements/${index}`, 3_000) : element(one, `${at}/elements/${index}`),
  ),
  ...twice(asObjects(block.elements), `${at}/elements`),
];

const isText = (one: JsonObject): boolean => one.type === 'mrkdwn' || one.type === 'plain_text';

/** Two elements of one block need different ids. */
function twice(found: readonly JsonObject[], at: string): Errors {
  const ids = found.map(one => one.action_id).filter(id => id !== undefined);
  return new Set(ids).size < ids.length ? fault('`action_id` already exists', at) : none;
}

type BlockCheck = (block: JsonObject, at: string) => Errors;

const BLOCKS: Readonly<Record<string, BlockCheck>> = {
  section(block, at) {
    if (block.text === undefined && block.fields === undefined)
      return fault('missing required field: text', at);
    return [
      ...(block.text === undefined ? none : text(block.text, `${at}/text`, 3_000)),
      ...(block.fields === undefined ? none : count(block.fields, `${at}/fields`, 10)),
      ...asList(block.fields).flatMap((field, index) => text(field, `${at}/fields/${index}`, 2_000)),
      ...(isObject(block.accessory) ? element(block.accessory, `${at}/accessory`) : none),
    ];
  },
  header: (block, at) => text(block.text, `${at}/text`, 150, true),
  actions: (block, at) => elements(block, at, 25),
  context: (block, at) => elements(block, at, 10),
  image: (block, at) => [
    ...string(block.image_url, `${at}/image_url`, 3_000),
    ...(block.image_url === undefined && block.slack_file === undefined
      ? fault('missing required field: image_url', at)
      : none),
    ...string(block.alt_text, `${at}/alt_text`, 2_000, true),
    ...(block.title === undefined ? none : text(block.title, `${at}/title`, 2_000, true)),
  ],
  divider: () => none,
  input: (block, at) => [
    ...text(block.label, `${at}/label`, 2_000, true),
    ...(isObject(block.element)
      ? element(block.element, `${at}/element`)
      : fault('missing required field: element', at)),
  ],
  markdown: (block, at) => string(block.text, `${at}/text`, 12_000, true),
};

/** Newer kinds are let through unseen. */
const OTHERS = [
  'rich_text',
  'file',
  'video',
  'table',
  'alert',
  'card',
  'carousel',
  'context_actions',
  'plan',
];

/** Every fault of the blocks. */
export function checkBlocks(value: JsonValue | undefined, max: number): Errors {
  if (value === undefined) return none;
  if (!Array.isArray(value)) return fault('must be an array', '/blocks');
  const blocks: readonly JsonValue[] = value;
  if (blocks.length > max) return fault(`no more than ${max} items allowed`, '/blocks');
  const ids = asObjects(value).map(block => block.block_id);
  const known = ids.filter(id => id !== undefined);
  return [
    ...(new Set(known).size < known.length ? fault('`block_id` already exists', '/blocks') : none),
    ...blocks.flatMap((block, index) => {
      const at = `/blocks/${index}`;
      if (!isObject(block)) return fault('must be an object', at);
      const check = Object.hasOwn(BLOCKS, String(block.type)) ? BLOCKS[String(block.type)] : undefined;
      if (check !== undefined) return [...string(block.block_id, `${at}/block_id`, 255), ...check(block, at)];
      return OTHERS.includes(String(block.type)) ? none : fault('unsupported type', `${at}/type`);
    }),
  ];
}

/** All the words in them, as one would read them. */
export function wordsOf(value: JsonValue | undefined): readonly string[] {
  return asObjects(value).flatMap(block => [
    ...own(block.text),
    ...asList(block.fields).flatMap(own),
    ...(isObject(block.accessory) ? label(block.accessory) : []),
    ...asObjects(block.elements).flatMap(label),
    ...(block.type === 'image' ? own(block.alt_text) : []),
  ]);
}

const own = (value: JsonValue | undefined): readonly string[] => {
  const found = typeof value === 'string' ? value : asObject(value)?.text;
  return typeof found === 'string' ? [found] : [];
};

/** A button or a choice as `[its label]`; the texts of a context block as they are. */
const label = (one: JsonObject): readonly string[] =>
  isText(one)
    ? own(one)
    : [...own(one.text), ...asObjects(one.options).flatMap(option => own(option.text))].map(
        words => `[${words}]`,
      );
