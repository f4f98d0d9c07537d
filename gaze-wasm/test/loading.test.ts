// When an element loads: as images do, once it is near.
import { expect, test } from 'vitest';
import { recorded, TestBrowser, waitForEvent } from './browser.js';

const browser = new TestBrowser();

/** Whether anything of that folder was asked for, once the page had time to. */
async function isAsked(page: import('playwright-core').Page, folder: string): Promise<boolean> {
  await page.waitForTimeout(700);
  return browser.site.asked.some((path) => path.startsWith(folder));
}

test.each([
  ['far below', '<div style="height:9000px"></div>', ''],
  ['far to the right', '', 'style="position:absolute;left:9000px"'],
  ['that is not displayed', '', 'style="display:none"'],
  ['hidden', '', 'hidden'],
  ['in what is not displayed', '<div style="display:none">', ''],
])('a face %s loads nothing until it comes near', async (what, before, attributes) => {
  const folder = `/far-${what.replaceAll(' ', '-')}/`;
  const page = await browser.open(`${before}<gaze-tracker ${attributes} src="${folder}"></gaze-tracker>`);
  expect(await isAsked(page, folder)).toBe(false);
  await page.evaluate(() => {
    const face = document.querySelector('gaze-tracker')!;
    face.style.cssText = face.parentElement!.style.cssText = '';
    face.hidden = false;
    face.scrollIntoView();
  });
  await waitForEvent(page, 'error', { code: 'missing' });
});

test('eager, it loads wherever it is', async () => {
  const page = await browser.open('<div style="height:9000px"></div><gaze-tracker loading="eager" src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'ready');
  expect(await page.evaluate(() => scrollY)).toBe(0);
});

test('it can be made eager later', async () => {
  const page = await browser.open('<div style="height:9000px"></div><gaze-tracker src="/fixtures/six/"></gaze-tracker>');
  await page.waitForTimeout(300);
  expect(await recorded(page, 'ready')).toEqual([]);
  expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.loading)).toBe('lazy');
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.loading = 'eager'));
  await waitForEvent(page, 'ready');
});

test('near below the fold it loads before it is seen', async () => {
  const page = await browser.open('<div style="height:1200px"></div><gaze-tracker src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'ready');
  expect(await page.evaluate(() => scrollY)).toBe(0);
});

test('another src, set while it is far away, is loaded when it comes back', async () => {
  const page = await browser.open('<gaze-tracker src="/fixtures/six/"></gaze-tracker><div style="height:9000px"></div>');
  await waitForEvent(page, 'ready');
  await page.evaluate(() => scrollTo(0, 8000));
  await page.waitForTimeout(300);
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.src = '/fixtures/twenty/'));
  expect(await isAsked(page, '/fixtures/twenty/')).toBe(false);
  await page.evaluate(() => scrollTo(0, 0));
  await waitForEvent(page, 'ready', { grid: 20 });
});
