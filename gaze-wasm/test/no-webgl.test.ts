// Nothing here needs a GPU.
import { expect, test } from 'vitest';
import { Bench, colorOf, distance, lookAtCell, pixel, told } from './browser.js';

const bench = new Bench(['--disable-gpu', '--disable-webgl', '--disable-webgl2', '--disable-accelerated-2d-canvas']);

test('with WebGL and the GPU switched off', async () => {
  const page = await bench.open('<gaze-tracker smoothing="1" src="/fixtures/six/"></gaze-tracker>');
  expect(await page.evaluate(() => document.createElement('canvas').getContext('webgl2'))).toBe(null);
  await told(page, 'progress', { frames: 36 });
  await lookAtCell(page, 6, 0, 5);
  await expect.poll(async () => distance(await pixel(page), colorOf(6, 0, 5))).toBeLessThanOrEqual(6);
});
