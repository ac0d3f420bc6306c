/** The channel file's part: typos are errors, every field says what it is, secrets are known as such. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { readConfig } from '../bench.ts';
import { needing, rulesOf } from '../rule.ts';
import type { Subject } from '../subject.ts';

/** One field of the configuration, as its JSON schema describes it. */
interface Field {
  readonly path: readonly string[];
  readonly described: boolean;
  readonly secret: boolean;
}

const SECRET_NAME = /(secret|token|password|passphrase|private_key|api_key)$/i;

export const configRules = rulesOf('config', {
  'sample-is-valid': subject => {
    for (const [name, config] of [
      ['config', subject.config],
      ['stranger', subject.stranger],
    ] as const) {
      const read = subject.definition.config.safeParse(config);
      assert.ok(
        read.success,
        `the subject's ${name} is refused: ${read.success || z.prettifyError(read.error)}`,
      );
    }
  },
  'unknown-keys-refused': subject => {
    for (const path of objectsIn(subject.config)) {
      const typo = withValue(subject.config, [...path, 'surprise_key'], 'surprise');
      assert.ok(
        !subject.definition.config.safeParse(typo).success,
        `an unknown key is accepted in ${path.join('.') || 'the channel part'}: use z.strictObject`,
      );
    }
  },
  'every-field-described': subject => {
    const bare = fieldsOf(subject).filter(field => !field.described);
    assert.deepEqual(bare.map(dotted), [], 'fields without a description');
  },
  'secrets-marked': subject => {
    const fields = fieldsOf(subject);
    const secrets = new Set(fields.filter(field => field.secret).map(dotted));
    const named = fields.filter(field => SECRET_NAME.test(field.path.at(-1) ?? '')).map(dotted);
    const different = leaves(subject.config)
      .filter(([path, value]) => at(subject.stranger, path) !== value)
      .map(([path]) => path.join('.'));
    const unmarked = [...new Set([...named, ...different])].filter(path => !secrets.has(path));
    assert.deepEqual(unmarked, [], 'secrets that are not made with secret()');
  },
  'empty-secrets-refused': subject => {
    for (const path of secretPaths(subject)) {
      const emptied = withValue(subject.config, path, '');
      assert.ok(!subject.definition.config.safeParse(emptied).success, `${path.join('.')} may be empty`);
    }
  },
  'redirect-keeps-the-rest': needing(
    subject => subject.outbound,
    (_outbound, subject) => {
      const redirected = subject.definition.redirect(readConfig(subject), 'http://127.0.0.1:9/below');
      const read = subject.definition.config.safeParse(redirected);
      assert.ok(read.success, 'a redirected configuration is not valid any more');
      for (const path of secretPaths(subject))
        assert.equal(
          at(redirected as JsonObject, path),
          at(subject.config, path),
          'redirect changed a secret',
        );
    },
  ),
});

/** The values that must never be told: every secret field of the sample. */
export const secretsOf = (subject: Subject): readonly string[] =>
  secretPaths(subject)
    .map(path => at(subject.config, path))
    .filter(value => typeof value === 'string');

export const secretPaths = (subject: Subject): readonly (readonly string[])[] =>
  fieldsOf(subject)
    .filter(field => field.secret && at(subject.config, field.path) !== undefined)
    .map(field => field.path);

const dotted = (field: Field): string => field.path.join('.');

function fieldsOf(subject: Subject): readonly Field[] {
  const schema = z.toJSONSchema(subject.definition.config, { io: 'input', unrepresentable: 'any' });
  return walk(schema as Record<string, unknown>, []);
}

function walk(schema: Record<string, unknown>, path: readonly string[]): readonly Field[] {
  const nested = (['anyOf', 'oneOf', 'allOf'] as const).flatMap(name => listOf(schema[name]));
  const items = isSchema(schema.items) ? [schema.items] : [];
  const inner = [...nested, ...items].flatMap(each => walk(each, path));
  const properties = isSchema(schema.properties) ? Object.entries(schema.properties) : [];
  return [
    ...inner,
    ...properties.flatMap(([name, field]) => {
      if (!isSchema(field)) return [];
      const here = [...path, name];
      const described = typeof field.description === 'string' && field.description !== '';
      return [{ path: here, described, secret: isSecret(field) }, ...walk(field, here)];
    }),
  ];
}

const isSchema = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isSchema) : [];
const isSecret = (schema: Record<string, unknown>): boolean =>
  schema.secret === true ||
  (isSchema(schema.items) && isSecret(schema.items)) ||
  (['anyOf', 'oneOf', 'allOf'] as const).some(name => listOf(schema[name]).some(isSecret));

export function at(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (here, name) => (isObject(here) && Object.hasOwn(here, name) ? here[name] : undefined),
    value,
  );
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objectsIn = (value: JsonObject, path: readonly string[] = []): readonly (readonly string[])[] => [
  path,
  ...Object.entries(value).flatMap(([name, field]) =>
    isObject(field) ? objectsIn(field, [...path, name]) : [],
  ),
];

const leaves = (
  value: JsonObject,
  path: readonly string[] = [],
): readonly (readonly [readonly string[], JsonValue])[] =>
  Object.entries(value).flatMap(([name, field]) => {
    const here = [...path, name];
    return isObject(field) ? leaves(field, here) : [[here, field] as const];
  });

export function withValue(value: JsonObject, path: readonly string[], field: JsonValue): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const inner = value[name];
  return {
    ...value,
    [name]: rest.length === 0 ? field : withValue(isObject(inner) ? inner : {}, rest, field),
  };
}
