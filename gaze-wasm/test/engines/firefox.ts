// Firefox, by WebDriver BiDi.
import { existsSync } from 'node:fs';
import { launch } from 'puppeteer-core';
import type { Engine } from './engine.js';

const EXECUTABLE = process.env.FIREFOX ?? ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync);

/** Firefox with these preferences. */
export const firefox = (preferences: Record<string, unknown> = {}): Engine => ({
  name: 'Firefox',
  missing: () => (EXECUTABLE && existsSync(EXECUTABLE) ? undefined : 'there is no Firefox: install firefox-esr, or name another in FIREFOX'),
  async start() {
    const browser = await launch({ browser: 'firefox', executablePath: EXECUTABLE!, headless: true, extraPrefsFirefox: preferences, defaultViewport: { width: 1000, height: 700 } });
    const page = await browser.newPage();
    return {
      open: async (url) => void (await page.goto(url, { waitUntil: 'domcontentloaded' })),
      run: (body, argument) => page.evaluate(`(async (argument) => { ${body} })(${JSON.stringify(argument) ?? ''})`) as never,
      move: (x, y) => page.mouse.move(x, y),
      screenshot: () => page.screenshot(),
      close: () => browser.close(),
    };
  },
});
