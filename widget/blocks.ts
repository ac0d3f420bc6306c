/** Formatted text as nodes. */
import type { Block, Run } from '../src/channels/markdown/parse.ts';
import { el, link } from './dom.ts';

export function blockNodes(blocks: readonly Block[], hint: string): readonly HTMLElement[] {
  return blocks.map(block => blockNode(block, hint));
}

function blockNode(block: Block, hint: string): HTMLElement {
  switch (block.kind) {
    case 'paragraph':
      return el('p', {}, ...runNodes(block.runs, hint));
    case 'heading':
      return el('p', { class: 'heading' }, ...runNodes(block.runs, hint));
    case 'code':
      return el('pre', { tabindex: '0' }, el('code', {}, block.text));
    case 'quote':
      return el('blockquote', {}, ...blockNodes(block.blocks, hint));
    case 'list':
      return listNode(block, hint);
    case 'table':
      return tableNode(block.rows, hint);
    case 'rule':
      return el('hr');
    default:
      // A newer hub may know blocks that this widget does not.
      return el('p');
  }
}

function listNode(block: Extract<Block, { kind: 'list' }>, hint: string): HTMLElement {
  const items = block.items.map(item => el('li', {}, ...blockNodes(item, hint)));
  if (block.start === null) return el('ul', {}, ...items);
  return el('ol', { start: String(block.start) }, ...items);
}

function tableNode(rows: readonly (readonly (readonly Run[])[])[], hint: string): HTMLElement {
  const lines = rows.map((cells, row) =>
    el('tr', {}, ...cells.map(cell => el(row === 0 ? 'th' : 'td', {}, ...runNodes(cell, hint)))),
  );
  return el('div', { class: 'table', tabindex: '0' }, el('table', {}, ...lines));
}

function runNodes(runs: readonly Run[], hint: string): readonly Node[] {
  return runs.map(run => {
    let node: Node = document.createTextNode(run.text);
    if (run.code) node = el('code', {}, node);
    if (run.strike) node = el('s', {}, node);
    if (run.emphasis) node = el('em', {}, node);
    if (run.strong) node = el('strong', {}, node);
    return run.href === undefined ? node : link(run.href, hint, node);
  });
}
