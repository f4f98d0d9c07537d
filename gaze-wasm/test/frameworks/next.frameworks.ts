// The element in Next's app router: a tag in a component of the server's, and one with handlers in a client component; in
// development, and as built. scripts/test-frameworks.sh runs this.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countActivity, TestBrowser } from '../browser.js';
import { checkChanges, checkEvents, checkLiving, checkRemoval, heard, listen } from './checks.js';
import { NextApp } from './next.js';

const browser = new TestBrowser();
let app: NextApp;
beforeAll(() => void (app = new NextApp(browser.site.url)));
afterAll(() => app?.remove());

async function check(url: string): Promise<void> {
  const html = await (await fetch(url)).text();
  expect(html.match(/<gaze-tracker/g)).toHaveLength(2);
  const page = await browser.page();
  const complaints = listen(page);
  await page.addInitScript(countActivity);
  await page.goto(url);
  await page.waitForFunction(() => window.change);
  await page.waitForFunction(() => document.querySelector<HTMLElement & { ready?: boolean }>('#plain')?.ready);
  await checkLiving(page);
  console.log(await heard(page));
  expect(complaints).toEqual([]);
  await checkChanges(page);
  await checkEvents(page);
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
