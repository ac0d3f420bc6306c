/** How Sample Platform says it: each piece of the plan becomes one wire message. Pure. */
import {
  type Dialect,
  type JsonObject,
  type OutboundMessage,
  type Piece,
  plan,
  type Rendering,
  Unsayable,
} from 'patchbay/adapter';
import { capabilities } from './capabilities.ts';

/** The body of one call. */
export type Wire = { readonly [field: string]: JsonObject[string] };

const none = ['', ''] as const;

/** Plain text: nothing formats, so nothing is escaped. Where `*` or `<` mean something, make them literal here. */
const dialect: Dialect = {
  escape: text => text,
  escapeCode: text => text,
  strong: none,
  emphasis: none,
  strike: none,
  code: ['`', '`'],
  fence: ['```', '```'],
  quote: '> ',
  bullet: '- ',
  link: (label, href, bare) => (bare ? href : `${label} (${href})`),
};

export function render(message: OutboundMessage): Rendering<Wire> {
  const { pieces, losses } = plan(message, { platform: 'sample-platform', capabilities, dialect });
  const { conversation } = message.address;
  return {
    wires: pieces.map((piece, index) => {
      const quote = index === 0 && message.replyTo !== undefined ? { reply_to: message.replyTo } : {};
      return { conversation, ...quote, ...bodyOf(piece) };
    }),
    losses,
  };
}

function bodyOf(piece: Piece): Wire {
  switch (piece.kind) {
    case 'text':
      return { text: piece.text };
    case 'native':
      return piece.body;
    default:
      // The planner keeps these from us as long as the capabilities say that there are none.
      throw new Unsayable(`Sample Platform has no ${piece.kind}`);
  }
}
