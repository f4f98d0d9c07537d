// Every kind of source, and every cell of each, compared with the colour it must have.
import { describe, expect, test } from 'vitest';
import { Bench, colorOf, distance, lookAtCell, pixel, settled, told } from './browser.js';
import { fixture } from './site.js';

const bench = new Bench();
/** Lossy compression, twice for sheets, of flat colours. */
const TOLERANCE = 6;
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
    const page = await bench.open(`<gaze-tracker smoothing="1" src="${src}" ${attributes}></gaze-tracker>`);
    expect(await told(page, 'ready')).toMatchObject({ source, grid, width: 64, height: 80 });
    const isClear = src.includes('clear');
    for (let row = 0; row < grid; row++) {
      for (let col = 0; col < grid; col++) {
        await lookAtCell(page, grid, row, col);
        // The event comes when the gaze arrives; the frame when it is decoded.
        let shown: number[] = [];
        await expect
          .poll(async () => distance((shown = await pixel(page)), colorOf(grid, row, col)), { interval: 15, timeout: 5000, message: `${row},${col}` })
          .toBeLessThanOrEqual(TOLERANCE);
        const corner = await pixel(page, 0.1, 0.1);
        if (isClear) expect(corner[3]).toBeLessThanOrEqual(2);
        else expect(distance(corner, BORDER), `border of ${row},${col}: ${corner}, ${shown}`).toBeLessThanOrEqual(TOLERANCE);
      }
    }
  });
});

test('a pack of 900 frames shows each of a sample', async () => {
  const page = await bench.open('<gaze-tracker smoothing="1" src="/fixtures/thirty/"></gaze-tracker>');
  await told(page, 'progress', { frames: 900 });
  for (let cell = 0; cell < 900; cell += 23) {
    const [row, col] = [Math.floor(cell / 30), cell % 30];
    await lookAtCell(page, 30, row, col);
    // Neighbours differ by 8 levels: closer than half of it is this cell and no other.
    await expect.poll(async () => distance(await pixel(page), colorOf(30, row, col)), { interval: 15, timeout: 5000, message: `${row},${col}` }).toBeLessThanOrEqual(4);
  }
});

test('before anyone steers, the still image is shown', async () => {
  const page = await bench.open('<gaze-tracker src="/fixtures/six/"></gaze-tracker>');
  await told(page, 'ready');
  expect(distance(await pixel(page), [128, 128, 128, 255])).toBeLessThanOrEqual(TOLERANCE);
});

test('while it moves it mixes neighbours, and it settles on one frame', async () => {
  const page = await bench.open('<gaze-tracker smoothing="0.05" src="/fixtures/six/"></gaze-tracker>');
  await told(page, 'progress', { frames: 36 });
  await lookAtCell(page, 6, 2, 0);
  await settled(page);
  const reds = await page.evaluate(async () => {
    const element = document.querySelector('gaze-tracker')!;
    element.lookAt(1, -0.2);
    const reds: number[] = [];
    for (let i = 0; i < 90; i++) {
      await new Promise(requestAnimationFrame);
      const { data, width } = await window.pixelsOf('gaze-tracker');
      reds.push(data[(40 * width + 32) * 4]!);
    }
    return reds;
  });
  await settled(page);
  expect(distance(await pixel(page), colorOf(6, 2, 5))).toBeLessThanOrEqual(TOLERANCE);
  // Six cells give six reds; mixing gives those between as well, in order.
  expect(new Set(reds).size).toBeGreaterThan(12);
  for (let i = 1; i < reds.length; i++) expect(reds[i]!).toBeGreaterThanOrEqual(reds[i - 1]! - 2);
});

test('phones take the smaller sheets and fall back to the full ones', async () => {
  const phone = { viewport: { width: 390, height: 700 }, screen: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  const small = await bench.open('<gaze-tracker src="/fixtures/thirty/" mode="quadrants"></gaze-tracker>', phone);
  expect(await told(small, 'ready')).toMatchObject({ grid: 20, source: 'sheets' });
  for (const name of ['metadata.json', 'q0.webp', 'q1.webp', 'q2.webp', 'q3.webp']) {
    bench.site.route(`/legacy/${name}`, (response) => response.end(fixture(`thirty/${name}`)));
  }
  const full = await bench.open('<gaze-tracker src="/legacy/"></gaze-tracker>', phone);
  expect(await told(full, 'ready')).toMatchObject({ grid: 30, source: 'sheets' });
});

test('a folder of former times has no pack: its sheets are played', async () => {
  for (const name of ['metadata.json', 'q0.webp', 'q1.webp', 'q2.webp', 'q3.webp', 'input.jpg']) {
    bench.site.route(`/old/${name}`, (response) => response.end(fixture(`six/${name}`)));
  }
  const page = await bench.open('<gaze-tracker src="/old/" smoothing="1"></gaze-tracker>');
  expect(await told(page, 'ready')).toMatchObject({ source: 'sheets', grid: 6 });
  expect(await page.evaluate(() => window.told.filter((t) => t.type === 'error'))).toEqual([]);
});

test('shown small, frames are decoded small and stay true', async () => {
  const page = await bench.open('<gaze-tracker smoothing="1" style="width:16px" src="/fixtures/six/"></gaze-tracker>');
  await told(page, 'progress', { frames: 36 });
  await lookAtCell(page, 6, 0, 5);
  await expect.poll(async () => distance(await pixel(page), colorOf(6, 0, 5))).toBeLessThanOrEqual(TOLERANCE);
  const canvas = () => page.evaluate(async () => (await window.pixelsOf('gaze-tracker')).width);
  expect(await canvas()).toBe(16);
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.style.width = '64px'));
  await expect.poll(canvas).toBe(64);
  await expect.poll(async () => distance(await pixel(page), colorOf(6, 0, 5))).toBeLessThanOrEqual(TOLERANCE);
});
