import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from './folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MOCHA = join(ROOT, 'node_modules/mocha/bin/mocha.js');

describe('what could not run here', () => {
  for (const how of [['--no-parallel'], ['--parallel', '--jobs', '2']])
    it(`is named in the last lines of a run with ${how[0]}`, async () => {
      using folder = temporaryFolder();
      const module = JSON.stringify(join(ROOT, 'test/support/could-not-run.ts'));
      for (const name of ['one', 'two'])
        writeFileSync(
          join(folder.path, `${name}.spec.ts`),
          `import { couldNotRun } from ${module};
           couldNotRun('the suite ${name}', 'no such thing');
           it.skip('left out for good');
           it('runs', () => {});`,
        );
      const files = ['one', 'two'].map(name => join(folder.path, `${name}.spec.ts`));
      const common = ['--no-config', '--extension', 'ts', '--reporter', './test/support/reporter.ts'];
      const run = promisify(execFile)(process.execPath, [MOCHA, ...common, ...how, ...files], {
        cwd: ROOT,
      });
      const { stdout } = await run;
      const lines = stdout.trimEnd().split('\n');
      assert.ok(
        lines.some(line => /2 passing/.test(line)),
        stdout,
      );
      assert.deepEqual(lines.slice(-2).sort(), [
        '  could not run: the suite one — no such thing',
        '  could not run: the suite two — no such thing',
      ]);
    });
});
