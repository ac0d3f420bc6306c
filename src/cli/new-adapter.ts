/** The kit's template with another name, and what makes it a package of its own. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEMPLATE = fileURLToPath(new URL('../kit/template', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** Writes into an empty folder; the files, by their path below it. */
export function writeAdapter(name: string, folder: string): readonly string[] {
  const words = name.split('-').map(word => word.charAt(0).toUpperCase() + word.slice(1));
  const pascal = words.join('');
  const renamed = (text: string): string =>
    text
      .replaceAll('sample-platform', name)
      .replaceAll('SamplePlatform', pascal)
      .replaceAll('samplePlatform', pascal.charAt(0).toLowerCase() + pascal.slice(1))
      .replaceAll('Sample Platform', words.join(' '));
  const template = readdirSync(TEMPLATE, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(TEMPLATE, join(entry.parentPath, entry.name)));
  const files = new Map([
    ...template.map(file => [file, renamed(readFileSync(join(TEMPLATE, file), 'utf8'))] as const),
    ['package.json', json(packageOf(name, folder))],
    ['tsconfig.json', json(TSCONFIG)],
    ['.gitignore', 'node_modules\n'],
  ]);
  for (const [file, text] of files) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return [...files.keys()].sort();
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The dependency is for editors and `node --test`; the hub itself brings this package along. */
function packageOf(name: string, folder: string) {
  const { version, engines } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
    version: string;
    engines: unknown;
  };
  const isInstalled = PACKAGE.split(/[\\/]/).includes('node_modules');
  return {
    name: `patchbay-adapter-${name}`,
    version: '0.1.0',
    private: true,
    type: 'module',
    exports: './index.ts',
    engines,
    scripts: { test: 'patchbay adapter test .' },
    devDependencies: { patchbay: isInstalled ? `^${version}` : `file:${relative(folder, PACKAGE)}` },
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  },
};
