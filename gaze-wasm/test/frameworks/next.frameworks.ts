// The element in Next's app router: a tag in a component of the server's, and one with handlers in a client component; in
// development, and as built. scripts/test-frameworks.sh runs this.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countActivity, TestBrowser } from '../browser.js';
import { fixture } from '../site.js';
import { checkChanges, checkEvents, checkFailure, checkLiving, checkEarlyEvents, checkReadme, checkRemoval, listen } from './checks.js';
import { NextApp } from './next.js';

const browser = new TestBrowser();
let app: NextApp;
beforeAll(() => {
  browser.site.route('/portrait.gaze', fixture('rig/portrait.gaze'));
  app = new NextApp(browser.site.url);
});
afterAll(() => app?.remove());

async function check(url: string): Promise<void> {
  const html = await (await fetch(url)).text();
  expect(html.match(/<gaze-tracker/g)).toHaveLength(3);
  const page = await browser.page();
  const { complaints, logs } = listen(page);
  await page.addInitScript(countActivity);
  await page.goto(url);
  await page.waitForFunction(() => window.change);
  await page.waitForFunction(() => document.querySelector<HTMLElement & { ready?: boolean }>('#plain')?.ready);
  await checkLiving(page);
  await checkEarlyEvents(page, 'react', 'hydrated');
  expect(complaints).toEqual([]);
  await checkReadme(logs);
  await checkChanges(page);
  await checkEvents(page);
  await checkFailure(page);
  await page.evaluate(() => document.querySelector('#plain')!.remove());
  await checkRemoval(page);
  expect(complaints.filter((text) => !/404/.test(text))).toEqual([]);
}

test('in development', async () => {
  try {
    await check(await app.start('dev'));
  } finally {
    await app.stop();
  }
}, 300_000);

test('built, with the types checked', async () => {
  await app.run('build');
  try {
    await check(await app.start('start'));
  } finally {
    await app.stop();
  }
}, 300_000);
