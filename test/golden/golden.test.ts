/**
 * What every channel makes of the same messages, wire by wire, as files that people have read. After a change
 * that is meant, `UPDATE_GOLDEN=1 npx mocha test/golden/golden.test.ts` writes them anew; review the difference.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Rendering, Unsayable } from '../../src/channels/channel.ts';
import { definitions } from '../../src/channels/index.ts';
import { openChannel } from '../../src/kit/bench.ts';
import { OUTBOUND_KINDS, outbound } from '../../src/kit/samples.ts';
import type { Subject } from '../../src/kit/subject.ts';
import { OutboundContent } from '../../src/message/content.ts';
import type { JsonValue } from '../../src/message/json.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const UPDATING = process.env.UPDATE_GOLDEN === '1';

const names = globSync('messages/*.json', { cwd: FOLDER })
  .map(path => basename(path, '.json'))
  .sort();

/** `$message` is the id of a message as the platform writes it, `$native` a body of its own. */
function messageOf(name: string, subject: Subject) {
  const { content, replyTo } = JSON.parse(
    readFileSync(`${FOLDER}messages/${name}.json`, 'utf8'),
    (_key, value) =>
      value === '$message'
        ? subject.messageId
        : value === '$native'
          ? { kind: 'native', platform: subject.definition.type, body: subject.native }
          : value,
  );
  return outbound(subject, OutboundContent.parse(content), replyTo === undefined ? {} : { replyTo });
}

type Golden = Rendering<JsonValue> | { readonly refused: string };

function rendered(name: string, subject: Subject): Golden {
  try {
    return openChannel(subject).render(messageOf(name, subject));
  } catch (error) {
    if (error instanceof Unsayable) return { refused: error.message };
    throw error;
  }
}

const pathOf = (type: string, name: string): string => `${FOLDER}${type}/${name}.json`;

function compare(type: string, name: string, actual: Golden): void {
  const path = pathOf(type, name);
  if (UPDATING) {
    mkdirSync(`${FOLDER}${type}`, { recursive: true });
    writeFileSync(path, `${JSON.stringify(actual, null, 2)}\n`);
    return;
  }
  assert.ok(existsSync(path), `${type}/${name}.json is missing: UPDATE_GOLDEN=1 writes it; then read it`);
  assert.deepEqual(
    actual,
    JSON.parse(readFileSync(path, 'utf8')),
    `not as in test/golden/${type}/${name}.json; if that is meant, UPDATE_GOLDEN=1 writes it anew`,
  );
}

describe('golden messages', () => {
  it('have every kind we can say', () => {
    const kinds = new Set(
      names.map(name => {
        const { content } = JSON.parse(readFileSync(`${FOLDER}messages/${name}.json`, 'utf8'));
        return content === '$native' ? 'native' : content.kind;
      }),
    );
    assert.deepEqual(
      OUTBOUND_KINDS.filter(kind => !kinds.has(kind)),
      [],
    );
  });

  for (const { type } of definitions) {
    describe(`on ${type}`, () => {
      let subject: Subject;
      before(async () => {
        ({ subject } = (await import(`../../src/channels/${type}/testing.ts`)) as { subject: Subject });
      });

      for (const name of names) it(name, () => compare(type, name, rendered(name, subject)));

      it('has no file of a message that is gone', () => {
        const gone = globSync(`${type}/*.json`, { cwd: FOLDER })
          .map(path => basename(path, '.json'))
          .filter(name => !names.includes(name));
        if (UPDATING) for (const name of gone) rmSync(pathOf(type, name));
        else assert.deepEqual(gone, []);
      });
    });
  }
});
