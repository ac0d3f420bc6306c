/** Markdown as the widget shows it: blocks and runs, and no link that says it leads elsewhere than it does. */
import { type Block, parseMarkdown, type Run } from '../markdown/parse.ts';

const LOOKS_LIKE_ADDRESS = /^\s*(?:\w+:\/\/|www\.|[\w-]+(?:\.[\w-]+)+(?:[/:?#]|\s*$))/;

export const readBlocks = (markdown: string): readonly Block[] => parseMarkdown(markdown).map(honestBlock);

function honestBlock(block: Block): Block {
  switch (block.kind) {
    case 'paragraph':
    case 'heading':
      return { ...block, runs: honest(block.runs) };
    case 'quote':
      return { ...block, blocks: block.blocks.map(honestBlock) };
    case 'list':
      return { ...block, items: block.items.map(item => item.map(honestBlock)) };
    case 'table':
      return { ...block, rows: block.rows.map(row => row.map(honest)) };
    default:
      return block;
  }
}

const honest = (runs: readonly Run[]): readonly Run[] => runs.flatMap(honestRun);

/** A label that looks like an address but is another than the one behind it would deceive: both are shown. */
function honestRun(run: Run): readonly Run[] {
  const { href, ...plain } = run;
  if (href === undefined || isSame(run.text, href) || !LOOKS_LIKE_ADDRESS.test(run.text)) return [run];
  return [plain, { text: ' (' }, { text: href, href }, { text: ')' }];
}

const isSame = (text: string, href: string): boolean =>
  [text, `mailto:${text}`, `tel:${text}`, `http://${text}`, `https://${text}`].includes(href);
