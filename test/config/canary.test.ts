// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** Nothing that is wrong with a configuration shows a secret of it, nor ends in anything but a ConfigError. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Document, parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { A, B, definitions, HUB_FILE, memoryFiles } from './setup.ts';

const CANARY = 's3cr3t-canary';
/** What stands in secret places: written into the file, in the environment, in files. */
const SECRETS = [
  '${env:TOKEN}',
  '${env:UNSET}',
  '${file:/run/key}',
  `${CANARY}-1`,
  `\${env:TOKEN:-${CANARY}-2}`,
];

const HUB = {
  version: 1,
  name: 'acme',
  http: { listen: '127.0.0.1:8787' },
  sandbox: { mode: 'auto' },
  api: { token: SECRETS[3] },
  defaults: { delivery: { retry: { max_attempts: 8, base: '1s' }, ambiguous: { policy: 'park' } } },
  retention: { raw: '30d' },
};
const PHONE = {
  version: 1,
  type: 'phone',
  credentials: { access_token: SECRETS[3], app_secret: SECRETS[4] },
  account: { number_id: '4711' },
  delivery: { retry: { max: '5s' } },
};
const CHAT = {
  version: 1,
  type: 'chat',
  credentials: { client: SECRETS[3], key: SECRETS[0] },
  account: { site: 'Acme' },
};
const ENV = { TOKEN: `${CANARY}-3`, APP_SECRET: `${CANARY}-4`, PORT: '0' };

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every place of a tree that is no key: the objects on the way, from the top. */
function objectsIn(tree: Tree): Tree[] {
  return [tree, ...Object.values(tree).filter(isTree).flatMap(objectsIn)];
}

const anything = fc.oneof(
  fc.constantFrom(
    ...SECRETS,
    null,
    true,
    7,
    106540352242922,
    '',
    'no',
    '5min',
    {},
    [],
    [[]],
    '${',
    '${evn:A}',
    '*x',
  ),
  fc.string(),
  fc.jsonValue({ maxDepth: 3 }),
);
const key = fc.oneof(
  fc.constantFrom(
    'type',
    'credentials',
    'access_token',
    'acces_token',
    'id',
    'version',
    '__proto__',
    'constructor',
    '<<',
  ),
  fc.string({ maxLength: 12 }),
);
type Mutation = (tree: Tree) => void;

const place = fc.record({ where: fc.nat(), which: fc.nat() });
const at = (tree: Tree, { where, which }: { where: number; which: number }): readonly [Tree, string] => {
  const objects = objectsIn(tree).filter(one => Object.keys(one).length > 0);
  const owner = objects[where % Math.max(1, objects.length)] ?? tree;
  const keys = Object.keys(owner);
  return [owner, keys[which % Math.max(1, keys.length)] ?? 'version'];
};

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, anything).map(
    ([spot, value]): Mutation =>
      tree => {
        const [owner, name] = at(tree, spot);
        owner[name] = structuredClone(value);
      },
  ),
  place.map(
    (spot): Mutation =>
      tree => {
        const [owner, name] = at(tree, spot);
        delete owner[name];
      },
  ),
  fc.tuple(place, key).map(
    ([spot, name]): Mutation =>
      tree => {
        const [owner, old] = at(tree, spot);
        owner[name] = owner[old];
        if (name !== old) delete owner[old];
      },
  ),
  // Moved to where another thing stands: a secret where text is expected, a section in the place of a value.
  fc.tuple(place, place).map(
    ([from, to]): Mutation =>
      tree => {
        const [owner, name] = at(tree, from);
        const [other, target] = at(tree, to);
        if (!mayShow(target)) other[target] = structuredClone(owner[name]);
      },
  ),
  fc.tuple(place, anything).map(
    ([spot, value]): Mutation =>
      tree => {
        const [owner] = at(tree, spot);
        owner.extra = structuredClone(value);
      },
  ),
);

/** Text that operators see by right: a secret that is copied there by hand cannot be told from a description. */
const SHOWN = [
  'type',
  'description',
  'name',
  'site',
  'number_id',
  'id',
  'listen',
  'mode',
  'policy',
  'base',
  'max',
  'raw',
  'version',
  'max_attempts',
];
const mayShow = (name: string): boolean => SHOWN.includes(name);

function withoutShownSecrets(tree: unknown, name = ''): unknown {
  if (Array.isArray(tree)) return tree.map(item => withoutShownSecrets(item, name));
  if (isTree(tree)) {
    return Object.fromEntries(
      Object.entries(tree).map(([below, value]) => [below, withoutShownSecrets(value, below)]),
    );
  }
  return mayShow(name) && typeof tree === 'string' && tree.includes(CANARY) ? 'shown' : tree;
}

function assertSafe(entries: Record<string, string>): void {
  const files = memoryFiles({ ...entries, '/run/key': `${CANARY}-5` });
  try {
    loadConfig({
      file: HUB_FILE,
      cwd: '/hub',
      definitions,
      env: ENV,
      files,
      sandboxSecret: () => `${CANARY}-6-and-long-enough`,
    });
  } catch (error) {
    assert.ok(error instanceof ConfigError, inspect(error));
    const shown = `${error.message}\n${JSON.stringify(error.problems)}\n${inspect(error, { depth: 9 })}`;
    assert.ok(
      !shown.includes(CANARY),
      `${error.message}\n\nfrom\n\n${Object.values(entries).join('\n---\n')}`,
    );
  }
}

const style = fc.constantFrom('block' as const, 'flow' as const);

function written(tree: unknown, how: 'block' | 'flow'): string {
  const document = new Document(tree);
  return how === 'flow' ? JSON.stringify(tree) : document.toString({ lineWidth: 0 });
}

describe('secrets in a configuration with mistakes', () => {
  it('stay unseen, whatever is changed in its trees', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.array(mutation, { maxLength: 3 }), fc.array(mutation, { minLength: 1, maxLength: 4 })),
        style,
        ([ofHub, ofChannels], how) => {
          const trees = [HUB, PHONE, CHAT].map((tree, index) => {
            const copy: Tree = structuredClone(tree);
            for (const change of index === 0 ? ofHub : ofChannels) change(copy);
            return written(withoutShownSecrets(copy), how);
          });
          const [hub = '', phone = '', chat = ''] = trees;
          assertSafe({ [HUB_FILE]: hub, [A]: phone, [B]: chat });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('stay unseen, whatever is typed into its text', () => {
    const snippet = fc.oneof(
      fc.constantFrom(
        '"',
        "'",
        '\t',
        '\n',
        ' ',
        '  ',
        ':',
        ': ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        '#',
        '|',
        '>',
        '&a ',
        '*a',
        '!t ',
        '? ',
        '---\n',
        '\\',
        '\u0000',
        '\ufeff',
        '`',
        '@',
        '%',
        ',',
      ),
      fc.string({ maxLength: 5 }),
    );
    const edit = fc.record({ at: fc.nat(), cut: fc.nat({ max: 3 }), put: snippet });
    const text = written(PHONE, 'block');
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), edits => {
        let changed = text;
        for (const { at: spot, cut, put } of edits) {
          const from = spot % (changed.length + 1);
          changed = changed.slice(0, from) + put + changed.slice(from + cut);
        }
        // An edit inside the secret is another secret; it is looked for where it stayed whole.
        assertSafe({ [HUB_FILE]: 'version: 1\n', [A]: changed });
      }),
      { numRuns: 600 },
    );
  });

  const awkward: readonly (readonly [name: string, text: string])[] = [
    ['a section that is a word', `credentials: ${CANARY}`],
    ['a section that is a list', `credentials: [${CANARY}]`],
    ['a list of pairs', `credentials:\n  - access_token: ${CANARY}`],
    ['a key without a value', `credentials: { ${CANARY} }`],
    ['a misspelt section', `credntials: { access_token: ${CANARY} }`],
    ['a section too deep', `account: { credentials: { access_token: ${CANARY} } }`],
    ['a value over lines', `credentials:\n  access_token: |\n    ${CANARY}\n    ${CANARY}`],
    ['what reads as an alias', `credentials:\n  access_token: *${CANARY}\n  app_secret: x`],
    ['what reads as an anchor', `credentials:\n  access_token: &${CANARY}\n  app_secret: &${CANARY} x`],
    ['what reads as a tag', `credentials:\n  access_token: !${CANARY}`],
    ['what reads as a comment', `credentials:\n  access_token: #${CANARY}`],
    ['a comment behind a sign in quotes', `credentials:\n  access_token: "a #b" # ${CANARY}`],
    ['a key that is a list', `credentials:\n  ? [${CANARY}]\n  : x`],
    ['a value that is a mapping', `credentials:\n  access_token: { is: ${CANARY} }`],
    [
      'an alias',
      `description: &token ${CANARY}\nenabled: { a: *token }\ncredentials: { access_token: *token }`,
    ],
    ['a comment beside it', `credentials:\n  access_token: x # not ${CANARY}`],
    ['an open quote', `credentials:\n  access_token: "${CANARY}`],
    ['a secret as a document', CANARY],
    ['a line that lost its colon', `credentials:\n  access_token ${CANARY}\n  app_secret: x`],
    ['a type that is unknown', `type: fone\ncredentials: { access_token: ${CANARY} }\nenabled: 7`],
    [
      'one line for all',
      `{type: phone, credentials: {access_token: ${CANARY}, app_secret: 7}, enabled: perhaps}`,
    ],
  ];
  for (const [name, text] of awkward) {
    it(`stay unseen: ${name}`, () => {
      assertSafe({ [HUB_FILE]: 'version: 1\n', [A]: `version: 1\n${text}\n` });
      assertSafe({ [HUB_FILE]: 'version: 1\n', [A]: `type: phone\n${text}\n` });
      assertSafe({ [HUB_FILE]: `version: 1\n${text}\n`, [A]: 'version: 1\n' });
      assertSafe({ [HUB_FILE]: 'version: 1\n', [A]: `${text}\n` });
    });
  }

  it('are in what the tests above begin with', () => {
    for (const tree of [HUB, PHONE, CHAT])
      assert.ok(JSON.stringify(parse(written(tree, 'block'))).includes(CANARY));
  });
});
