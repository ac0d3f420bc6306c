/** The web chat for the conformance kit: how a site signs, what it posts, what a visitor would read. */
import { defineSubject, type RecordedRequest } from '../../kit/subject.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { Block } from '../markdown/parse.ts';
import { web } from './index.ts';
import type { Wire, WireContent } from './wire.ts';

const config = {
  credentials: {
    identity_secret: 'kit-identity-secret-0123456789',
    signing_secret: 'kit-signing-secret-0123456789',
  },
  account: { site: 'shop.example' },
};
const stranger = {
  ...config,
  credentials: {
    identity_secret: 'other-identity-secret-0123456789',
    signing_secret: 'other-signing-secret-0123456789',
  },
};
const old = {
  ...config,
  credentials: { ...config.credentials, signing_secret: 'kit-old-signing-secret-0123456789' },
};
const rotating = {
  ...config,
  credentials: { ...config.credentials, previous_signing_secret: 'kit-old-signing-secret-0123456789' },
};

const post = (...messages: JsonObject[]): RecordedRequest => ({
  body: { visitor: { id: 'visitor-7' }, time: 1_700_000_000_000, messages },
});

export const subject = defineSubject({
  definition: web,
  config,
  stranger,
  signature: {
    header: 'x-patchbay-signature',
    forged: [
      { name: 'another version', value: `v0=${'0'.repeat(64)}` },
      { name: 'another algorithm', value: `sha1=${'0'.repeat(40)}` },
    ],
    decoys: { 'x-patchbay-door': '1' },
    timestamp: { header: 'x-patchbay-timestamp', toleranceSeconds: 300 },
    rotation: { config: rotating, old },
  },
  handshakes: { none: 'the platform is ours' },
  recordings: new URL('../../../test/channels/web/inbound/', import.meta.url),
  batch(count) {
    const ids = Array.from({ length: count }, (_each, index) => `frame-${index}`);
    return {
      request: post(...ids.map(id => ({ id, type: 'text', text: `text of ${id}` }))),
      ids: ids.map(id => `visitor-7/${id}`),
    };
  },
  own: { none: 'a browser sends nothing of ours back' },
  unknown: [post({ id: 'a', type: 'hologram', depth: 3 }), post({ id: 'b', type: 'constructor' })],
  addresses: [{ conversation: 'visitor-7' }, { conversation: 'anonymous-5u1dWq0bZb0a5Fq2n8Hc1A3v' }],
  messageId: 'visitor-7/frame-0',
  native: {
    kind: 'form',
    name: 'contact',
    token: 't-1',
    title: 'Call me back',
    fields: [{ name: 'phone', label: 'Phone', type: 'tel', required: true }],
  },
  read: wire => textOf(asWire(wire).content),
  injections: [
    { text: '[win](javascript:alert(1))', live: 'javascript:' },
    { text: '![x](data:text/html;base64,PHNjcmlwdD4=)', live: 'data:' },
  ],
  outbound: { none: 'the web chat calls nobody: whoever is connected is told, the rest fetch it' },
});

/** What `render` made. */
const asWire = (wire: JsonValue): Wire => wire as unknown as Wire;

function textOf(content: WireContent): string {
  const lines: readonly (string | undefined)[] = [
    'title' in content ? content.title : undefined,
    'blocks' in content ? content.blocks.map(blockText).join('\n\n') : undefined,
    'caption' in content ? content.caption.map(blockText).join('\n\n') : undefined,
    'media' in content ? content.media.name : undefined,
    'label' in content ? content.label : undefined,
    'address' in content ? content.address : undefined,
    ...('choices' in content ? content.choices.flatMap(choice => [choice.label, choice.description]) : []),
    ...('contacts' in content ? content.contacts.flatMap(({ name, phones }) => [name, ...phones]) : []),
    ...('fields' in content ? content.fields.map(field => field.label) : []),
  ];
  return lines.filter(line => line !== undefined && line !== '').join('\n');
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'code':
      return block.text;
    case 'quote':
      return block.blocks.map(blockText).join('\n');
    case 'list':
      return block.items.map(item => item.map(blockText).join('\n')).join('\n');
    case 'table':
      return block.rows.map(row => row.map(cell => cell.map(run => run.text).join('')).join(' ')).join('\n');
    case 'rule':
      return '';
    default:
      return block.runs.map(run => run.text).join('');
  }
}
