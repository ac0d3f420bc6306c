/** The documentation says what is so. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { CHANNELS, inboundRows, limitRows, outboundRows } from '../scripts/capabilities.ts';
import { staleFiles } from '../scripts/reference.ts';
import { InboundContent, OutboundContent } from '../src/message/content.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md'], { cwd: ROOT });

describe('the documentation', () => {
  it('has the reference as the schemas and tables make it', () => {
    assert.deepEqual(staleFiles(), [], 'run node scripts/reference.ts');
  });

  it('says of every kind, on every channel, what becomes of it', () => {
    for (const rows of [outboundRows(), inboundRows(), limitRows()])
      for (const cells of rows) {
        assert.equal(cells.length, CHANNELS.length + 1, cells[0]);
        assert.ok(
          cells.every(cell => cell.trim() !== '' && !cell.includes('undefined')),
          cells[0],
        );
      }
    const named = (rows: readonly (readonly string[])[]) =>
      rows.map(([name = '']) => /^\w+/.exec(name)?.[0] ?? '');
    const kinds = (schema: typeof InboundContent | typeof OutboundContent) =>
      schema.options.map(option => option.shape.kind.value);
    assert.deepEqual(new Set(named(outboundRows())), new Set(kinds(OutboundContent)));
    assert.deepEqual(new Set(named(inboundRows())), new Set(kinds(InboundContent)));
  });

  it('has a guide for every platform, whose manifests and settings can be read', () => {
    for (const type of CHANNELS) {
      const text = readFileSync(join(ROOT, `docs/set-up/${type}.md`), 'utf8');
      assert.match(text, /npx patchbay lint/);
      for (const [, kind, block = ''] of text.matchAll(/```(json|yaml)\n([\s\S]*?)```/g))
        assert.ok(
          typeof (kind === 'json' ? JSON.parse(block) : parse(block)) === 'object',
          `${type}: ${block}`,
        );
    }
  });

  for (const page of PAGES) {
    it(`${page} names only source files that exist`, () => {
      const text = readFileSync(join(ROOT, page), 'utf8');
      // A path with a placeholder, as src/channels/<name>/parse.ts, is checked up to it.
      const named = [...text.matchAll(/(?<![\w./-])src\/[\w./-]*\w/g)].map(([path]) => path);
      assert.deepEqual(
        named.filter(path => !existsSync(join(ROOT, path))),
        [],
      );
    });
  }
});
