// Nothing here needs a GPU.
import { expect, test } from 'vitest';
import { showCell, TestBrowser, waitForEvent } from './browser.js';

const browser = new TestBrowser(['--disable-gpu', '--disable-webgl', '--disable-webgl2', '--disable-accelerated-2d-canvas']);

test('with WebGL and the GPU switched off', async () => {
  const page = await browser.open('<gaze-tracker smoothing="1" src="/fixtures/six/"></gaze-tracker>');
  expect(await page.evaluate(() => document.createElement('canvas').getContext('webgl2'))).toBe(null);
  await waitForEvent(page, 'progress', { frames: 36 });
  await showCell(page, 6, 0, 5);
});
