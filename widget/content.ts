/** What the bot said, as nodes: text, choices, cards, media, places, people, forms. */
import type { WireChoice, WireContact, WireContent, WireField, WireMedia } from '../src/channels/web/wire.ts';
import { blockNodes } from './blocks.ts';
import { el, link } from './dom.ts';
import type { Strings } from './strings.ts';
import { sizeOf } from './uploads.ts';

export interface ContentContext {
  readonly strings: Strings;
  /** The hub, with a slash at its end. */
  readonly server: string;
  /** The visitor picked a choice below a card or in a list. */
  pick(choice: WireChoice, from: 'button' | 'list'): void;
  submit(form: Extract<WireContent, { kind: 'form' }>, values: Readonly<Record<string, unknown>>): void;
  /** A form was filled in, an answer was picked: not again. */
  readonly done: boolean;
}

export function contentNodes(content: WireContent, context: ContentContext): readonly HTMLElement[] {
  const { strings, server } = context;
  switch (content.kind) {
    case 'text':
      return blockNodes(content.blocks, strings.newTab);
    case 'choices': {
      const text = blockNodes(content.blocks, strings.newTab);
      return content.as === 'list' ? [...text, choiceNodes(content.choices, 'list', context)] : text;
    }
    case 'card':
      return [
        ...(content.image === undefined ? [] : [mediaNode(content.image, strings, server)]),
        el('p', { class: 'heading' }, content.title),
        ...blockNodes(content.blocks, strings.newTab),
        ...(content.choices.length === 0 ? [] : [choiceNodes(content.choices, 'button', context)]),
      ];
    case 'media':
      return [mediaNode(content.media, strings, server), ...blockNodes(content.caption, strings.newTab)];
    case 'location':
      return placeNodes(content, strings);
    case 'contacts':
      return content.contacts.map(person => contactNode(person, strings));
    case 'form':
      return [formNode(content, context)];
    default:
      return [el('p', { class: 'muted' }, strings.unknown)];
  }
}

function choiceNodes(
  choices: readonly WireChoice[],
  from: 'button' | 'list',
  context: ContentContext,
): HTMLElement {
  return el('div', { class: 'choices' }, ...choices.map(choice => choiceNode(choice, from, context)));
}

/** A choice that opens an address is a link, any other a button. */
export function choiceNode(
  choice: WireChoice,
  from: 'button' | 'list' | 'quick-reply',
  context: Pick<ContentContext, 'strings' | 'done'> & {
    pick(choice: WireChoice, from: 'button' | 'list' | 'quick-reply'): void;
  },
): HTMLElement {
  const label = [
    el('span', {}, choice.label),
    choice.description === undefined ? null : el('span', { class: 'muted' }, choice.description),
  ];
  if (choice.url !== undefined) {
    const node = link(choice.url, context.strings.newTab, ...label);
    node.classList.add('choice');
    return node;
  }
  const click = (): void => context.pick(choice, from);
  const disabled = context.done && from === 'list';
  return el('button', { type: 'button', class: 'choice', dir: 'auto', disabled, click }, ...label);
}

/** A path is one of the hub's own. */
function addressOf({ url }: WireMedia, server: string): string {
  if (/^\/media\/[\w.-]+$/.test(url)) return new URL(url.slice(1), server).href;
  return URL.canParse(url) ? url : '';
}

function mediaNode(media: WireMedia, strings: Strings, server: string): HTMLElement {
  const name = media.name ?? media.type;
  const address = addressOf(media, server);
  const file = (): HTMLElement => {
    const size = media.bytes === undefined ? null : el('span', { class: 'muted' }, ` ${sizeOf(media.bytes)}`);
    return el('p', { class: 'file' }, link(address, strings.newTab, name), size);
  };
  switch (media.type) {
    case 'image':
    case 'sticker': {
      const picture = el('img', { src: address, alt: name, loading: 'lazy', class: media.type });
      const shown = el('div', { class: 'media' }, link(address, strings.newTab, picture));
      // A picture that the page's policy or the network keeps away is still a link.
      picture.addEventListener('error', () => shown.replaceWith(file()));
      return shown;
    }
    case 'video':
    case 'audio':
    case 'voice': {
      const tag = media.type === 'video' ? 'video' : 'audio';
      const player = el(tag, { src: address, controls: true, preload: 'metadata', 'aria-label': name });
      player.addEventListener('error', () => player.replaceWith(file()));
      return player;
    }
    default:
      return file();
  }
}

function placeNodes(
  place: Extract<WireContent, { kind: 'location' }>,
  strings: Strings,
): readonly HTMLElement[] {
  const { latitude, longitude, label, address } = place;
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return [
    ...(label === undefined ? [] : [el('p', { class: 'heading' }, label)]),
    el('p', {}, address ?? `${latitude}, ${longitude}`),
    el('p', {}, link(map, strings.newTab, strings.map)),
  ];
}

function contactNode(person: WireContact, strings: Strings): HTMLElement {
  const line = (...children: readonly (Node | string)[]): HTMLElement => el('p', {}, ...children);
  return el(
    'div',
    { class: 'contact' },
    person.name === undefined ? null : el('p', { class: 'heading' }, person.name),
    person.organisation === undefined ? null : line(person.organisation),
    ...person.phones.map(phone => line(phone)),
    ...person.emails.map(address => line(link(`mailto:${address}`, strings.newTab, address))),
  );
}

function formNode(form: Extract<WireContent, { kind: 'form' }>, context: ContentContext): HTMLElement {
  const { strings, done } = context;
  const fields = form.fields.map(field => fieldNode(field, context));
  const submit = (event: Event): void => {
    event.preventDefault();
    context.submit(form, Object.fromEntries(fields.map(({ name, value }) => [name, value()])));
  };
  return el(
    'form',
    { class: 'form', submit },
    el('p', { class: 'heading' }, form.title),
    ...fields.map(field => field.node),
    el(
      'button',
      { class: 'primary', disabled: done },
      done ? strings.formSent : (form.submit ?? strings.submit),
    ),
  );
}

interface Field {
  readonly name: string;
  readonly node: HTMLElement;
  value(): string | boolean;
}

function fieldNode({ name, label, type, required, options }: WireField, context: ContentContext): Field {
  const { strings, done } = context;
  const shared = { name, required: required === true, disabled: done };
  const caption = el(
    'span',
    {},
    label,
    required === true ? el('abbr', { title: strings.required }, ' *') : null,
  );
  if (type === 'checkbox') {
    const input = el('input', { type, ...shared });
    return { name, node: el('label', { class: 'check' }, input, caption), value: () => input.checked };
  }
  const input =
    type === 'textarea'
      ? el('textarea', { rows: '3', ...shared })
      : type === 'select'
        ? el('select', shared, el('option', { value: '' }, strings.choose), ...optionNodes(options ?? []))
        : el('input', { type, ...shared });
  return { name, node: el('label', {}, caption, input), value: () => input.value };
}

const optionNodes = (options: readonly string[]): readonly HTMLElement[] =>
  options.map(option => el('option', { value: option }, option));
