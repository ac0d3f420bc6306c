/** The documentation says what is so. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { staleFiles } from '../scripts/reference.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md'], { cwd: ROOT });

describe('the documentation', () => {
  it('has the reference as the schemas and tables make it', () => {
    assert.deepEqual(staleFiles(), [], 'run node scripts/reference.ts');
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
