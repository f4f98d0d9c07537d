// Every input and method.
import { describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { expectCell, gazeOf, recorded, TestBrowser, waitForEvent, type PageOptions } from './browser.js';

const browser = new TestBrowser();
const FACE = '<gaze-tracker smoothing="1" src="/fixtures/six/"></gaze-tracker>';

async function face(body = FACE, options: PageOptions = {}): Promise<Page> {
  const page = await browser.open(body, options);
  await waitForEvent(page, 'progress', { frames: 36 });
  return page;
}

/** Waits until the picture is that of a cell. */
const shows = (page: Page, row: number, col: number) => expectCell(page, 6, row, col);

describe('the mouse', () => {
  // Wherever the widget stands, the viewport's corners are the grid's.
  test.each(['left:0;top:0', 'left:900px;top:10px', 'left:20px;top:700px', 'left:468px;top:360px'])('reaches every corner from %s', async (place) => {
    const page = await face(`<gaze-tracker smoothing="1" style="position:fixed;${place}" src="/fixtures/six/"></gaze-tracker>`);
    for (const [x, y, row, col] of [[0, 0, 0, 0], [999, 0, 0, 5], [0, 799, 5, 0], [999, 799, 5, 5]] as const) {
      await page.mouse.move(x, y);
      await shows(page, row, col);
    }
  });

  test('is followed wherever it goes', async () => {
    const page = await face(`<gaze-tracker smoothing="1" style="position:fixed;left:468px;top:360px" src="/fixtures/six/"></gaze-tracker>`);
    await page.mouse.move(980, 440);
    await shows(page, 3, 5);
    await page.mouse.move(540, 20);
    await shows(page, 0, 3);
  });
});

describe('fingers', () => {
  const handheld = { hasTouch: true, isMobile: true, viewport: { width: 800, height: 900 }, screen: { width: 800, height: 1000 } };

  async function fingers(page: Page) {
    const session = await page.context().newCDPSession(page);
    return async (type: 'touchStart' | 'touchMove' | 'touchEnd', points: [number, number][]) => {
      await session.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    };
  }

  const PINNED = 'position:fixed;left:300px;top:350px;width:200px';

  test('one that was put down on the picture steers wherever it goes', async () => {
    const page = await face(`<gaze-tracker smoothing="1" style="${PINNED}" src="/fixtures/six/"></gaze-tracker>`, handheld);
    const touch = await fingers(page);
    await touch('touchStart', [[350, 400]]);
    await touch('touchMove', [[780, 880]]);
    await shows(page, 5, 5);
    await touch('touchMove', [[10, 10]]);
    await shows(page, 0, 0);
    // A second one changes nothing.
    await touch('touchStart', [[10, 10], [480, 580]]);
    await touch('touchMove', [[10, 10], [790, 890]]);
    await page.waitForTimeout(300);
    await shows(page, 0, 0);
    await touch('touchEnd', []);
  });

  test('one that was put down elsewhere does not', async () => {
    const page = await face(`<gaze-tracker smoothing="1" style="${PINNED}" src="/fixtures/six/"></gaze-tracker>`, handheld);
    const before = await gazeOf(page);
    const touch = await fingers(page);
    await touch('touchStart', [[20, 20]]);
    await touch('touchMove', [[400, 450]]);
    await touch('touchEnd', []);
    await page.waitForTimeout(300);
    expect(await gazeOf(page)).toEqual(before);
  });

  test.each([
    ['from elsewhere it scrolls the page', '', 100, true],
    ['from the picture it does not', '', 400, false],
    ['from the picture too where the page says so', '--gaze-touch-action:pan-y', 400, true],
  ])('%s', async (_, style, x, scrolls) => {
    const page = await face(`<gaze-tracker smoothing="1" style="margin-left:300px;width:400px;${style}" src="/fixtures/six/"></gaze-tracker><div style="height:3000px"></div>`, handheld);
    const touch = await fingers(page);
    await touch('touchStart', [[x, 450]]);
    for (let y = 450; y > 150; y -= 30) await touch('touchMove', [[x, y]]);
    await touch('touchEnd', []);
    if (scrolls) await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(100);
    else {
      await page.waitForTimeout(300);
      expect(await page.evaluate(() => scrollY)).toBe(0);
    }
  });
});

describe('tilt', () => {
  const phone = { hasTouch: true, isMobile: true, viewport: { width: 800, height: 900 }, screen: { width: 800, height: 1000 } };
  const tilt = (page: Page, beta: number, gamma: number) =>
    page.evaluate(([beta, gamma]) => dispatchEvent(new DeviceOrientationEvent('deviceorientation', { beta, gamma, alpha: 0 })), [beta, gamma] as const);

  test('steers where no one must be asked', async () => {
    const page = await face(FACE, phone);
    await tilt(page, 75, 30);
    await shows(page, 5, 5);
    await tilt(page, 15, -30);
    await shows(page, 0, 0);
    await tilt(page, 51, 6);
    await shows(page, 3, 3);
  });

  test('asks from a tap where permission is needed', async () => {
    const before = () => {
      Object.assign(DeviceOrientationEvent, { requestPermission: async () => {
        const page = window as { asked?: number; answer?: string };
        page.asked = (page.asked ?? 0) + 1;
        return page.answer ?? 'denied';
      } });
    };
    const page = await face('<gaze-tracker smoothing="1" style="width:300px" src="/fixtures/six/"></gaze-tracker>', { ...phone, before });
    const button = page.locator('gaze-tracker').locator('[part~="gyro-button"]');
    await button.tap();
    await expect.poll(() => page.evaluate(() => (window as { asked?: number }).asked)).toBe(1);
    expect(await button.isVisible()).toBe(true);
    await page.evaluate(() => Object.assign(window, { answer: 'granted' }));
    await button.tap();
    await expect.poll(() => button.isVisible()).toBe(false);
    await tilt(page, 75, 30);
    await shows(page, 5, 5);
    expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.enableGyro())).toBe(true);
  });
});

test('keys steer when it has the focus', async () => {
  const page = await face();
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement!.localName)).toBe('gaze-tracker');
  await page.keyboard.press('ArrowDown');
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
  await shows(page, 3, 5);
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowUp');
  await shows(page, 0, 5);
  for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowLeft');
  await shows(page, 0, 0);
  await page.keyboard.press('Home');
  await expect.poll(async () => Math.hypot((await gazeOf(page)).x, (await gazeOf(page)).y)).toBeLessThan(0.3);
});

test('lookAt holds until follow', async () => {
  const page = await face();
  await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(-1, 1));
  await shows(page, 5, 0);
  await page.mouse.move(999, 0);
  await page.waitForTimeout(200);
  await shows(page, 5, 0);
  await page.evaluate(() => document.querySelector('gaze-tracker')!.follow());
  await page.mouse.move(998, 1);
  await shows(page, 0, 5);
  expect(await page.evaluate(() => {
    try { return document.querySelector('gaze-tracker')!.lookAt(NaN, 0); } catch (error) { return String(error); }
  })).toContain('use two numbers');
});

test('lookAtElement follows it when the page scrolls', async () => {
  const page = await face(`<gaze-tracker smoothing="1" style="position:fixed;left:468px;top:360px" src="/fixtures/six/"></gaze-tracker>
    <p id="goal" style="position:absolute;left:480px;top:1400px;width:40px;height:20px;margin:0"></p><div style="height:4000px"></div>`);
  await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAtElement(document.getElementById('goal')!));
  await expect.poll(async () => (await gazeOf(page)).y).toBeGreaterThan(0.9);
  await page.evaluate(() => scrollTo(0, 1400));
  await expect.poll(async () => (await gazeOf(page)).y).toBeLessThan(-0.8);
});

test('pause freezes and resume goes on', async () => {
  const page = await face();
  await page.mouse.move(0, 0);
  await shows(page, 0, 0);
  await page.evaluate(() => document.querySelector('gaze-tracker')!.pause());
  await page.mouse.move(999, 799);
  await page.waitForTimeout(200);
  await shows(page, 0, 0);
  await page.evaluate(() => document.querySelector('gaze-tracker')!.resume());
  await page.mouse.move(998, 798);
  await shows(page, 5, 5);
});

test('events report where it looks', async () => {
  const page = await face();
  await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(1, -1));
  expect(await waitForEvent(page, 'gazechange', { row: 0, col: 5 })).toMatchObject({ x: 1, y: -1 });
});

describe('reduced motion', () => {
  test('cuts to where the pointer rests, and does not look around by itself', async () => {
    const page = await face('<gaze-tracker idle smoothing="0.02" src="/fixtures/six/"></gaze-tracker>', { reducedMotion: 'reduce' });
    // At once, so that the pointer rests in the second corner only.
    await page.evaluate(() => {
      for (const clientX of [999, 0]) dispatchEvent(new PointerEvent('pointermove', { clientX, clientY: 0, pointerType: 'mouse' }));
    });
    await shows(page, 0, 0);
    // No cell between: one cut.
    expect(await recorded(page, 'gazechange')).toMatchObject([{ row: 0, col: 0 }]);
    // Longer than it takes to look around by itself.
    await page.waitForTimeout(4500);
    await shows(page, 0, 0);
  });
});

test('idle: looks around near the centre by itself, and is steered at once', async () => {
  const page = await face('<gaze-tracker idle smoothing="0.3" src="/fixtures/six/"></gaze-tracker>');
  const places: { x: number; y: number }[] = [];
  for (let i = 0; i < 45; i++) {
    await page.waitForTimeout(200);
    places.push(await gazeOf(page));
  }
  expect(new Set(places.map(({ x, y }) => `${x.toFixed(2)},${y.toFixed(2)}`)).size).toBeGreaterThan(1);
  expect(Math.max(...places.map(({ x, y }) => Math.hypot(x, y)))).toBeLessThan(0.6);
  // It does not tremble: most of the time it rests.
  const moves = places.slice(1).filter(({ x, y }, i) => Math.hypot(x - places[i]!.x, y - places[i]!.y) > 1e-3).length;
  expect(moves).toBeLessThan(places.length / 2);
  await page.mouse.move(999, 799);
  await shows(page, 5, 5);
});

test('smoothing is live: smaller is slower', async () => {
  // 0.001 takes a minute, 1 no time at all.
  const page = await face('<gaze-tracker smoothing="0.001" src="/fixtures/six/"></gaze-tracker>');
  await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(1, 0));
  await expect.poll(async () => (await gazeOf(page)).x).toBeGreaterThan(0);
  expect((await gazeOf(page)).x).toBeLessThan(0.5);
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.smoothing = 1));
  await expect.poll(async () => (await gazeOf(page)).x).toBe(1);
});
