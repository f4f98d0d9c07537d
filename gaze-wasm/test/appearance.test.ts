// Size, placeholder, buttons, accessibility, sharpness.
import { expect, test } from 'vitest';
import { TestBrowser, waitForEvent } from './browser.js';

const browser = new TestBrowser();

test('has a role and a label, which the page can override', async () => {
  const page = await browser.open('<gaze-tracker label="Ada" src="/fixtures/six/"></gaze-tracker><gaze-tracker role="presentation" src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'ready');
  const session = await page.context().newCDPSession(page);
  const names = async () => {
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    return nodes.filter((node) => node.role?.value === 'image').map((node) => node.name?.value);
  };
  await expect.poll(names).toEqual(['Ada']);
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.label = 'Grace'));
  await expect.poll(names).toEqual(['Grace']);
});

test('takes its size from the frames, the attributes, or the page', async () => {
  const page = await browser.open(`<gaze-tracker id="a" src="/fixtures/six/"></gaze-tracker>
    <gaze-tracker id="b" width="128" height="160" src="/fixtures/six/"></gaze-tracker>
    <gaze-tracker id="c" style="width:200px" src="/fixtures/six/"></gaze-tracker>`);
  for (const id of ['a', 'b', 'c']) await waitForEvent(page, 'ready', { on: id });
  const size = (id: string) => page.evaluate((id) => { const { width, height } = document.getElementById(id)!.getBoundingClientRect(); return [width, height]; }, id);
  expect(await size('a')).toEqual([64, 80]);
  expect(await size('b')).toEqual([128, 160]);
  expect(await size('c')).toEqual([200, 250]);
});

test('shows what stands in it first', async () => {
  browser.site.route('/slow/frames.gaze', () => undefined);
  const page = await browser.open('<gaze-tracker src="/slow/frames.gaze"><b>portrait</b></gaze-tracker>');
  expect(await page.locator('b').isVisible()).toBe(true);
});

test('buttons: fullscreen there, gone with hide-controls, styled by part', async () => {
  const page = await browser.open('<style>gaze-tracker::part(fullscreen-button){background:rgb(1,2,3)}</style><gaze-tracker style="width:300px" src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'ready');
  const button = page.locator('gaze-tracker').getByRole('button', { name: 'Full screen' });
  expect(await button.evaluate((b) => getComputedStyle(b).backgroundColor)).toBe('rgb(1, 2, 3)');
  await button.click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.localName)).toBe('gaze-tracker');
  await page.evaluate(() => document.exitFullscreen());
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.hideControls = true));
  expect(await button.isVisible()).toBe(false);
});

test.each([1, 2, 3])('is sharp at %d device pixels a CSS pixel', async (deviceScaleFactor) => {
  const page = await browser.open('<gaze-tracker style="width:32px" src="/fixtures/six/"></gaze-tracker>', { deviceScaleFactor });
  await waitForEvent(page, 'ready');
  // As many pixels as are shown, and no more than there are.
  const width = () => page.evaluate(async () => (await window.pixelsOf('gaze-tracker')).width);
  await expect.poll(width).toBe(Math.min(64, 32 * deviceScaleFactor));
});
