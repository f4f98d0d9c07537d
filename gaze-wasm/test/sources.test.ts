// Every kind of source, and every cell of each, compared with the colour it must have.
import { describe, expect, test } from 'vitest';
import { distance, expectCell, expectColor, gazeOf, pixel, recorded, showCell, TestBrowser, TOLERANCE, waitForEvent } from './browser.js';
import { fixture } from './site.js';

const browser = new TestBrowser();
const BORDER = [40, 80, 200, 255];

const sources: Record<string, { src: string; attributes?: string; source: 'pack' | 'sheets'; grid: number }> = {
  'a folder with a pack': { src: '/fixtures/six/', source: 'pack', grid: 6 },
  'a folder without its slash': { src: '/fixtures/six', source: 'pack', grid: 6 },
  'a pack': { src: '/fixtures/six/frames.gaze', source: 'pack', grid: 6 },
  'a folder played as sheets': { src: '/fixtures/six/', attributes: 'mode="quadrants"', source: 'sheets', grid: 6 },
  'four sheets': {
    src: [0, 1, 2, 3].map((q) => `/fixtures/six/q${q}.webp`).join(', '),
    attributes: 'grid="6" width="64" height="80"',
    source: 'sheets',
    grid: 6,
  },
  'a single sheet': { src: '/fixtures/single/sheet.webp', attributes: 'grid="6"', source: 'sheets', grid: 6 },
  'a transparent pack': { src: '/fixtures/clear/', source: 'pack', grid: 6 },
  'transparent sheets': { src: '/fixtures/clear/', attributes: 'mode="quadrants"', source: 'sheets', grid: 6 },
};

describe.each(Object.entries(sources))('%s', (_, { src, attributes = '', source, grid }) => {
  test('shows every cell', async () => {
    const page = await browser.open(`<gaze-tracker smoothing="1" src="${src}" ${attributes}></gaze-tracker>`);
    expect(await waitForEvent(page, 'ready')).toMatchObject({ source, grid, width: 64, height: 80 });
    const isClear = src.includes('clear');
    for (let row = 0; row < grid; row++) {
      for (let col = 0; col < grid; col++) {
        await showCell(page, grid, row, col);
        const corner = await pixel(page, 0.1, 0.1);
        if (isClear) expect(corner[3]).toBeLessThanOrEqual(2);
        else expect(distance(corner, BORDER), `border of ${row},${col}: ${corner}`).toBeLessThanOrEqual(TOLERANCE);
      }
    }
  });
});

test('a pack of 900 frames shows each of a sample', async () => {
  const page = await browser.open('<gaze-tracker smoothing="1" src="/fixtures/thirty/"></gaze-tracker>');
  await waitForEvent(page, 'progress', { frames: 900 });
  for (let cell = 0; cell < 900; cell += 23) {
    const [row, col] = [Math.floor(cell / 30), cell % 30];
    // Neighbours differ by 8 levels: closer than half of it is this cell and no other.
    await showCell(page, 30, row, col, { tolerance: 4 });
  }
});

test('before anyone steers, the still image is shown', async () => {
  const page = await browser.open('<gaze-tracker src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'ready');
  await expectColor(page, [128, 128, 128, 255]);
});

test('while it moves it mixes neighbours, and it settles on one frame', async () => {
  const page = await browser.open('<gaze-tracker smoothing="0.3" src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'progress', { frames: 36 });
  await showCell(page, 6, 2, 0);
  await expect.poll(async () => (await gazeOf(page)).x).toBe(-1);
  // So slow that a busy machine draws it often enough as well.
  const reds = await page.evaluate(async () => {
    const element = document.querySelector('gaze-tracker')!;
    element.smoothing = 0.01;
    element.lookAt(1, -0.2);
    const reds: number[] = [];
    while (element.gaze.x < 1) {
      await new Promise(requestAnimationFrame);
      const { data, width } = await window.pixelsOf('gaze-tracker');
      reds.push(data[(40 * width + 32) * 4]!);
    }
    return reds;
  });
  await expectCell(page, 6, 2, 5);
  // Six cells give six reds; mixing gives those between as well, in order.
  expect(new Set(reds).size).toBeGreaterThan(12);
  for (let i = 1; i < reds.length; i++) expect(reds[i]!).toBeGreaterThanOrEqual(reds[i - 1]! - 2);
});

test('a folder from before packs: its sheets are played', async () => {
  for (const name of ['metadata.json', 'q0.webp', 'q1.webp', 'q2.webp', 'q3.webp', 'input.jpg']) {
    browser.site.route(`/old/${name}`, (response) => response.end(fixture(`six/${name}`)));
  }
  const page = await browser.open('<gaze-tracker src="/old/" smoothing="1"></gaze-tracker>');
  expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'sheets', grid: 6 });
  expect(await recorded(page, 'error')).toEqual([]);
});

test('shown small, frames are decoded small and keep their colours', async () => {
  const page = await browser.open('<gaze-tracker smoothing="1" style="width:16px" src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'progress', { frames: 36 });
  await showCell(page, 6, 0, 5);
  const canvas = () => page.evaluate(async () => (await window.pixelsOf('gaze-tracker')).width);
  await expect.poll(canvas).toBe(16);
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.style.width = '64px'));
  await expect.poll(canvas).toBe(64);
  await expectCell(page, 6, 0, 5);
});
