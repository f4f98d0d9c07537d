// Eyes that close by themselves.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { activityInOneSecond, countActivity, picture, TestBrowser, waitForEvent, waitUntilInactive, type PageOptions } from './browser.js';
import { sectionOf } from './rig-file.js';
import { fixture } from './site.js';

const browser = new TestBrowser();
const NONE = { draws: 0, frames: 0 };
/** Longest pause between two blinks, in milliseconds, and a little. */
const LONGEST = 7500;

async function face(src: string, attributes = '', options: PageOptions = {}): Promise<Page> {
  const page = await browser.open(`<gaze-tracker hide-controls ${attributes} src="/fixtures/${src}"></gaze-tracker>`, { before: countActivity, ...options });
  await waitForEvent(page, 'ready');
  await page.waitForFunction(() => window.recorded.some(({ type, detail }) => type === 'progress' && detail.loaded === detail.total));
  await waitUntilInactive(page);
  return page;
}

/** Shades of the canvas at these places, from now on for so long: of each the darkest and the lightest. */
async function shades(page: Page, places: number[][], ms: number, blink = false): Promise<{ low: number; high: number; last: number }[]> {
  return page.evaluate(async ([places, ms, blink]) => {
    const seen = places.map(() => ({ low: 255, high: 0, last: 0 }));
    if (blink) document.querySelector('gaze-tracker')!.blinkOnce();
    const end = performance.now() + ms;
    for (;;) {
      const { data, width } = await window.pixelsOf('gaze-tracker');
      places.forEach(([x, y], i) => {
        const shade = data[(y! * width + x!) * 4]!;
        seen[i] = { low: Math.min(seen[i]!.low, shade), high: Math.max(seen[i]!.high, shade), last: shade };
      });
      if (performance.now() > end) return seen;
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }, [places, ms, blink] as const);
}

/** Middles of both eyes of the fixtures, in px, at a gaze; and skin that never changes. */
const places = (x: number, y: number) => [[40, 64], [88, 64]].map(([left, top]) => [Math.round(left! + 12 * x), Math.round(top! + 12 * y)]).concat([[64, 96]]);

describe.each(['blink', 'blink-clear'])('frames: %s', (folder) => {
  test.each([[undefined], [[0.2, -0.2]], [[1, 0.6]], [[-0.6, -1]]] as const)('closes both eyes and opens them, looking at %s', async (gaze) => {
    const page = await face(`${folder}/frames.gaze`, 'smoothing="1"');
    if (gaze) {
      await page.evaluate(([x, y]) => document.querySelector('gaze-tracker')!.lookAt(x!, y!), gaze);
      const [col, row] = gaze.map((at) => Math.round(((at + 1) / 2) * 5));
      await waitForEvent(page, 'gazechange', { row, col });
      await waitUntilInactive(page);
    }
    const [x, y] = gaze ?? [0, 0];
    // A busy machine may look too seldom.
    await expect.poll(async () => {
      const [left, right, skin] = await shades(page, places(x!, y!), 400, true);
      expect([left!.low, right!.low].every((low) => low < 60), `open: ${left!.low} ${right!.low}`).toBe(true);
      expect(skin!.high - skin!.low).toBeLessThan(6);
      return Math.min(left!.high, right!.high);
    }).toBeGreaterThan(190);
    await waitUntilInactive(page);
    const [left, right] = await shades(page, places(x!, y!), 0);
    expect([left!.last, right!.last].every((shade) => shade < 60)).toBe(true);
  });
});

test('a rig closes its eyes, and is as before when they are open again', async () => {
  const page = await face('astronaut/portrait.gaze', 'style="width:320px"');
  const before = await picture(page);
  // Pixels that become another colour, at most.
  const changed = () => page.evaluate(async () => {
    const { data: open } = await window.pixelsOf('gaze-tracker');
    document.querySelector('gaze-tracker')!.blinkOnce();
    let most = 0;
    for (const end = performance.now() + 400; performance.now() < end; ) {
      const { data } = await window.pixelsOf('gaze-tracker');
      let count = 0;
      for (let i = 0; i < data.length; i += 4) count += Number(Math.abs(data[i]! - open[i]!) > 20);
      most = Math.max(most, count);
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    return most;
  });
  await expect.poll(changed).toBeGreaterThan(40);
  await waitUntilInactive(page);
  expect((await picture(page)).every((value, i) => value === before[i])).toBe(true);
});

test('a rig whose eyes are not known does nothing', async () => {
  const page = await face('rig/portrait.gaze', 'blink');
  await page.evaluate(() => document.querySelector('gaze-tracker')!.blinkOnce());
  expect(await activityInOneSecond(page)).toEqual(NONE);
});

test('by itself it blinks now and then, and does nothing between', async () => {
  const page = await face('blink/frames.gaze', 'blink');
  expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.blink)).toBe(true);
  const activity = () => page.evaluate(() => ({ ...window.activity, now: performance.now() }));
  const before = await activity();
  // Two at least in this time. A busy machine draws few pictures of each.
  await page.waitForTimeout(2 * LONGEST);
  await expect.poll(async () => (await activity()).draws - before.draws, { timeout: 8 * LONGEST, interval: 200 }).toBeGreaterThan(6);
  // And frames of the screen only meanwhile.
  const after = await activity();
  expect(after.frames - before.frames).toBeLessThan((after.now - before.now) / 16 / 3);
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.blink = false));
  await waitUntilInactive(page);
});

test.each(['paused', 'reduced motion', 'hidden'])('nothing closes: %s', async (why) => {
  const page = await face('blink/frames.gaze', 'blink', why === 'reduced motion' ? { reducedMotion: 'reduce' } : {});
  await page.evaluate((why) => {
    const face = document.querySelector('gaze-tracker')!;
    if (why === 'paused') face.pause();
    if (why === 'hidden') face.hidden = true;
  }, why);
  await waitUntilInactive(page);
  await page.evaluate(() => document.querySelector('gaze-tracker')!.blinkOnce());
  const before = await page.evaluate(() => ({ ...window.activity }));
  await page.waitForTimeout(LONGEST);
  const after = await page.evaluate(() => ({ ...window.activity }));
  expect([after.draws - before.draws, after.frames - before.frames]).toEqual([0, 0]);
});

test('a face that stops in the middle of a blink stops with open eyes', async () => {
  const page = await face('blink/frames.gaze');
  for (let i = 0; i < 5; i++) {
    await page.evaluate(async (ms) => {
      const face = document.querySelector('gaze-tracker')!;
      face.resume();
      await new Promise((resolve) => setTimeout(resolve, 300));
      face.blinkOnce();
      await new Promise((resolve) => setTimeout(resolve, ms));
      face.pause();
    }, 60 + 20 * i);
    await waitUntilInactive(page);
    const [left] = await shades(page, places(0, 0), 0);
    expect(left!.last).toBeLessThan(60);
  }
});

test('sheets have no closed eyes', async () => {
  const page = await face('blink/', 'mode="quadrants" blink');
  await page.evaluate(() => document.querySelector('gaze-tracker')!.blinkOnce());
  expect(await activityInOneSecond(page)).toEqual(NONE);
});

test('a pack whose closed eyes are damaged shows its frames', async () => {
  const pack = Uint8Array.from(fixture('blink/frames.gaze'));
  // The version of the section.
  pack[sectionOf(pack, 'BLNK').start] = 9;
  browser.site.route('/fixtures/damaged/frames.gaze', pack);
  const page = await face('damaged/frames.gaze', 'blink');
  await page.evaluate(() => document.querySelector('gaze-tracker')!.blinkOnce());
  expect(await activityInOneSecond(page)).toEqual(NONE);
  expect(await page.evaluate(() => window.recorded.filter(({ type }) => type === 'error'))).toEqual([]);
});
