// What is shown while the gaze moves.
import { expect, test } from 'vitest';
import { colorOf, countActivity, distance, gazeOf, pixel, TestBrowser, waitForEvent, waitUntilInactive } from './browser.js';

const browser = new TestBrowser();
/** Half the way from one cell's colour to the next is 24 levels; one frame's compression changes 6 at most. */
const MIXED = 12;

test('frames that are far apart on screen are never mixed', async () => {
  const page = await browser.open('<gaze-tracker smoothing="0.01" style="width:300px;height:300px" src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'progress', { frames: 36 });
  await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(-1, -1));
  await expect.poll(async () => distance(await pixel(page), colorOf(6, 0, 0))).toBeLessThan(MIXED);
  await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(1, 0.9));
  const seen = new Set<number>();
  for (let end = false; !end; ) {
    end = (await gazeOf(page)).x === 1;
    const colour = await pixel(page);
    const away = Array.from({ length: 36 }, (_, cell) => distance(colour, colorOf(6, Math.floor(cell / 6), cell % 6)));
    const nearest = away.indexOf(Math.min(...away));
    expect(away[nearest], `${colour} is no cell's colour`).toBeLessThan(MIXED);
    seen.add(nearest);
  }
  expect(seen.size).toBeGreaterThan(3);
});

test.each(['six', 'rig'])('max-fps bounds the pictures a second on the same path: %s', async (folder) => {
  const page = await browser.open(`<gaze-tracker max-fps="4" smoothing="0.02" style="width:128px" src="/fixtures/${folder}/"></gaze-tracker>`, { before: countActivity });
  await waitForEvent(page, 'progress', folder === 'rig' ? { frames: 1 } : { frames: 36 });
  await waitUntilInactive(page);
  expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.maxFps)).toBe(4);
  // Circles, so that there is something new to draw at any time.
  const drawn = async (ms: number) =>
    page.evaluate(async (ms) => {
      const face = document.querySelector('gaze-tracker')!;
      const before = window.activity.draws;
      const start = performance.now();
      for (let past = 0; past < ms; past = performance.now() - start) {
        face.lookAt(Math.cos(past / 200), Math.sin(past / 200));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return { draws: window.activity.draws - before, seconds: (performance.now() - start) / 1000 };
    }, ms);
  const few = await drawn(2000);
  expect(few.draws).toBeGreaterThan(0);
  expect(few.draws).toBeLessThanOrEqual(4 * few.seconds + 2);
  if (folder === 'rig') {
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.maxFps = undefined));
    const many = await drawn(2000);
    expect(many.draws / many.seconds).toBeGreaterThan((few.draws / few.seconds) * 1.5);
  }
  await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(1, -1));
  await waitForEvent(page, 'gazechange', { x: 1, y: -1 });
  await waitUntilInactive(page);
});
