/** The rules of the house that a machine can check: who may import whom, how long a file may be, where things live. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');

/** What every channel keeps to: the contract, in its parts. */
const CONTRACT = ['channel', 'webhook', 'capabilities', 'front-door'].map(name => `channels/${name}.ts`);

/** A folder of src and the folders it may import from; its own is always allowed. `*` is everything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  message: [],
  clock: [],
  // Its own thread has named points where tests end the process.
  storage: ['message', 'telemetry/crash.ts'],
  // A subject for the conformance kit stands beside the adapter it describes.
  channels: ['message', 'kit/subject.ts'],
  telemetry: [],
  pipeline: ['message', 'storage'],
  processors: ['message', 'pipeline', 'storage'],
  delivery: ['message', 'clock', 'storage', ...CONTRACT],
  media: ['message', 'storage', ...CONTRACT, 'channels/json.ts'],
  server: ['message', 'storage', 'media', ...CONTRACT, 'channels/json.ts'],
  config: ['message', ...CONTRACT, 'channels/fields.ts', 'channels/json.ts', 'processors/ai/rules.ts'],
  sandbox: ['message', 'channels'],
  kit: ['message', 'channels', 'sandbox'],
  compose: ['*'],
  cli: ['*'],
  '': ['*'],
};

/** Files that may be imported for their types from folders above them in the table. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  telemetry: ['server/health.ts', 'config/config.ts'],
};

/** One home for each package: only files below it may import it. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  express: ['src/server', 'src/compose', 'src/hub.ts'],
  '@slack/bolt': ['src/channels/slack'],
  '@slack/web-api': ['src/channels/slack'],
  ws: ['src/channels/web'],
  jose: ['src/channels/web', 'src/channels/teams'],
  undici: ['src/channels/http.ts', 'src/media'],
  'ipaddr.js': ['src/media'],
  'file-type': ['src/media'],
  aws4fetch: ['src/media'],
  'node:sqlite': ['src/storage/embedded'],
  franc: ['src/processors'],
  tinyld: ['src/processors'],
  pino: ['src/telemetry'],
  bottleneck: ['src/delivery'],
  cockatiel: ['src/delivery'],
  commander: ['src/cli'],
  tar: ['src/storage/embedded/backup'],
  yaml: ['src/config', 'src/cli', 'src/sandbox'],
  unified: ['src/channels/markdown'],
  'remark-parse': ['src/channels/markdown'],
  'remark-gfm': ['src/channels/markdown'],
  // Under the GPL: for tests alone.
  'whatsapp-cloud-api': [],
};

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => {
    const path = join(src, name);
    const text = readFileSync(path, 'utf8');
    return { name: relative(root, path), path, text, imports: importsOf(text) };
  });

function importsOf(text: string): readonly Import[] {
  const found = text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/gm,
  );
  return [...found].map(([, type, from, lazily]) => ({
    from: from ?? lazily ?? '',
    typeOnly: type !== undefined,
  }));
}

/** A path below src as `folder` and `folder/file.ts`. */
const folderOf = (below: string): string => (below.includes('/') ? (below.split('/')[0] ?? '') : '');

describe('architecture', () => {
  it('imports go one way', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const folder = folderOf(relative(src, file.path));
      const allowed = MAY_IMPORT[folder];
      assert.ok(allowed !== undefined, `${file.name}: the table says nothing of the folder "${folder}"`);
      for (const { from, typeOnly } of file.imports) {
        if (!from.startsWith('.')) continue;
        const target = relative(src, resolve(file.path, '..', from));
        const targetFolder = folderOf(target);
        const fits = (entry: string): boolean => entry === '*' || entry === targetFolder || entry === target;
        if (targetFolder === folder && folder !== '') continue;
        if (allowed.some(fits) || (typeOnly && TYPES_ONLY[folder]?.includes(target))) continue;
        wrong.push(`${file.name} imports ${target}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('one channel never imports another', () => {
    const channelOf = (path: string): string | undefined => /^channels\/([^/]+)\//.exec(path)?.[1];
    const shared = ['markdown', 'meta'];
    const wrong = files.flatMap(file => {
      const own = channelOf(relative(src, file.path));
      return file.imports
        .filter(({ from }) => from.startsWith('.'))
        .map(({ from }) => relative(src, resolve(file.path, '..', from)))
        .filter(target => {
          const other = channelOf(target);
          return own !== undefined && other !== undefined && other !== own && !shared.includes(other);
        })
        .map(target => `${file.name} imports ${target}`);
    });
    assert.deepEqual(wrong, []);
  });

  it('the core names no channel', () => {
    const names = /\b(whatsapp|messenger|slack|teams)\b/i;
    const core = ['message', 'storage', 'pipeline', 'delivery', 'media', 'server', 'compose', 'telemetry'];
    const wrong = files
      .filter(file => core.includes(folderOf(relative(src, file.path))))
      .filter(file => names.test(file.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
      .map(file => file.name);
    assert.deepEqual(wrong, []);
  });

  it('each package has one home', () => {
    const wrong = files.flatMap(file =>
      file.imports
        .filter(({ from }) => {
          const homes = HOMES[from];
          return (
            homes !== undefined && !homes.some(home => file.name === home || file.name.startsWith(`${home}/`))
          );
        })
        .map(({ from }) => `${file.name} imports ${from}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('no file is longer than 400 lines', () => {
    const wrong = files.filter(file => file.text.split('\n').length > 400).map(file => file.name);
    assert.deepEqual(wrong, []);
  });

  it('the environment is read in src/config only', () => {
    const wrong = files
      .filter(file => /\bprocess\.env\b/.test(file.text) && !file.name.startsWith('src/config/'))
      .map(file => file.name);
    assert.deepEqual(wrong, []);
  });

  it('every file says what it is', () => {
    const wrong = files.filter(file => !/^(?:#!.*\n)?\/(?:\*\*|\/)/.test(file.text)).map(file => file.name);
    assert.deepEqual(wrong, []);
  });

  it('nothing is exported by default, and nothing left open', () => {
    const wrong = files
      .filter(file => /^export default\b/m.test(file.text) || /\b(TODO|FIXME|XXX)\b/.test(file.text))
      .map(file => file.name);
    assert.deepEqual(wrong, []);
  });
});
