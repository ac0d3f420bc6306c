import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { loadPage, loadWidget, serveAsset } from '../../../src/server/page/assets.ts';
import { bundle } from '../../../src/server/page/bundle.ts';
import { temporaryFolder } from '../../support/folder.ts';

describe('the widget as one file', () => {
  const widget = loadWidget();

  it('is a classic script of less than 20 kB zipped, with no types and no modules', () => {
    const code = widget.body.toString();
    new Script(code);
    assert.ok(widget.gzip.length < 20_000, `${widget.gzip.length} bytes`);
    assert.deepEqual(gunzipSync(widget.gzip), widget.body);
    assert.doesNotMatch(code, /^(?:import|export|interface) /m);
  });

  it('never parses HTML', () => {
    const code = widget.body.toString();
    assert.doesNotMatch(
      code,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|\beval\b|new Function/,
    );
  });

  it('is the same file with the same tag every time', () => assert.equal(loadWidget().etag, widget.etag));

  it('is loaded without a word on stderr', () => {
    const source = new URL('../../../src/server/page/assets.ts', import.meta.url);
    const code = `import { loadPage } from '${source}'; loadPage();`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
    });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });
});

describe('bundling', () => {
  const bundled = (files: Readonly<Record<string, string>>): string => {
    using folder = temporaryFolder();
    for (const [name, code] of Object.entries(files)) writeFileSync(join(folder.path, name), code);
    return bundle(pathToFileURL(join(folder.path, 'a.ts')));
  };

  it('puts what is imported first, once', () => {
    const code = bundled({
      'a.ts': "import { b } from './b.ts';\nimport { c } from './c.ts';\nthis.out.push(b, c);",
      'b.ts': "import { c } from './c.ts';\nexport const b: string = 'b' + c;",
      'c.ts': "export type T = string;\nexport const c: T = 'c';",
    });
    const out: string[] = [];
    new Script(code.replace('this.out', 'out')).runInNewContext({ out });
    assert.deepEqual(out, ['bc', 'c']);
  });

  for (const [name, files] of [
    ['a renamed import', { 'a.ts': "import { b as x } from './b.ts';", 'b.ts': 'export const b = 1;' }],
    ['a default export', { 'a.ts': 'export default 1;' }],
    ['an import of everything', { 'a.ts': "import * as b from './b.ts';", 'b.ts': '' }],
    [
      'one name for two things',
      { 'a.ts': "import { b } from './b.ts';\nconst x = b;", 'b.ts': 'const x = 1;\nexport const b = x;' },
    ],
  ] as const) {
    it(`refuses ${name}`, () => assert.throws(() => bundled(files)));
  }
});

describe('serving assets', () => {
  const serve = async (path: string, init: RequestInit = {}) => {
    const asset = loadPage().get(path);
    assert.ok(asset);
    const server = createServer((request, response) => serveAsset(asset, request, response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    try {
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, init);
      return { answer, text: await answer.text() };
    } finally {
      server.close();
    }
  };

  it('is zipped where that is taken, and not sent again where it is known', async () => {
    const first = await serve('/widget.js');
    assert.equal(first.text, loadWidget().body.toString());
    assert.equal(first.answer.headers.get('content-encoding'), 'gzip');
    const etag = first.answer.headers.get('etag') ?? '';
    const again = await serve('/widget.js', { headers: { 'if-none-match': `"other", ${etag}` } });
    assert.equal(again.answer.status, 304);
    const plain = await serve('/widget.js', { headers: { 'accept-encoding': 'identity' } });
    assert.equal(plain.answer.headers.get('content-encoding'), null);
    assert.notEqual(plain.answer.headers.get('etag'), etag);
  });

  it('gives the page a policy that allows nothing inline', async () => {
    const { answer, text } = await serve('/');
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.doesNotMatch(text, /<style|style=|<script>|\son\w+=/);
    for (const [, address = ''] of text.matchAll(/(?:src|href)="([^"]+)"/g))
      assert.ok(loadPage().has(address), address);
  });
});
