/**
 * A real browser for tests: the machine's own Chromium. Where there is none the tests do not run, and the
 * summary says so: a suite that was skipped must not look like one that passed.
 */
import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { couldNotRun } from './could-not-run.ts';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

function findChromium(): string | undefined {
  return PLACES.find(path => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * A suite with a browser of its own. Without one it is a single pending test whose title says `not run: no
 * chromium`, and the last line of the whole run says it again.
 */
export function describeInBrowser(title: string, suite: (browser: () => Browser) => void): void {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    couldNotRun(title, 'no chromium');
    return;
  }
  describe(title, () => {
    let browser: Browser | undefined;
    before(async () => {
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
    });
    after(() => browser?.close());
    suite(() => {
      if (browser === undefined) throw new Error('the browser is launched before the first test');
      return browser;
    });
  });
}
