// Faces that are mirrored, turned, scaled, zoomed or seen in perspective: the direction, and as many pixels as are seen.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openAimPage, run, shows, viewport } from './aim-page.js';
import { gazeOf, recorded, TestBrowser, waitForEvent, type PageOptions } from './browser.js';

const browser = new TestBrowser();
const FACE = '<gaze-tracker smoothing="1" hide-controls style="display:block" src="/fixtures/six/frames.gaze"></gaze-tracker>';
const PLACE = 'position:absolute;left:368px;top:360px';

const open = (body: string, options?: PageOptions) => openAimPage(browser, body, options);

describe('looks at the pointer as it is seen', () => {
  // In the picture's own rows and columns: the cell for the lower right, and the one half the way there.
  test.each([
    ['mirrored', `${PLACE};transform:scaleX(-1)`, [5, 0], [4, 1]],
    ['upside down', `${PLACE};transform:scaleY(-1)`, [0, 5], [1, 4]],
    ['turned over', `${PLACE};transform:rotate(180deg)`, [0, 0], [1, 1]],
    ['turned by a quarter', `${PLACE};transform:rotate(90deg)`, [0, 5], [1, 4]],
    ['turned by a quarter and mirrored', `${PLACE};transform:scaleX(-1) rotate(-90deg)`, [0, 0], [1, 1]],
    ['turned by the property', `${PLACE};rotate:-90deg`, [5, 0], [4, 1]],
    ['seen from behind', `${PLACE};transform:perspective(900px) rotateY(180deg)`, [5, 0], [4, 1]],
    ['in perspective', `${PLACE};transform:perspective(400px) rotateY(50deg)`, [5, 5], [4, 4]],
    ['enlarged', `${PLACE};transform:scale(3)`, [5, 5], [4, 4]],
    ['small', `${PLACE};transform:scale(.2)`, [5, 5], [4, 4]],
    ['zoomed', 'position:absolute;left:168px;top:160px;zoom:2', [5, 5], [4, 4]],
    ['zoomed and mirrored', 'position:absolute;left:168px;top:160px;zoom:2;transform:scaleX(-1)', [5, 0], [4, 1]],
  ] as const)('%s', async (_, style, corner, half) => {
    for (const body of [`<div style="${style}">${FACE}</div>`, FACE.replace('display:block', style)]) {
      const page = await open(body);
      await page.mouse.move(795, 795);
      await shows(page, ...corner);
      await page.mouse.move(600, 600);
      await shows(page, ...half);
    }
  });

  test('turned by half a quarter, every frame can be reached', async () => {
    const page = await open(`<div style="${PLACE};transform:rotate(45deg)">${FACE}</div>`);
    for (const [x, y, row, col] of [[799, 400, 0, 5], [400, 799, 5, 5], [0, 400, 5, 0], [400, 0, 0, 0]] as const) {
      await page.mouse.move(x, y);
      await shows(page, row, col);
    }
    await page.mouse.move(799, 799);
    await expect.poll(async () => (await gazeOf(page)).x).toBe(1);
  });

  test('keys and tilt are meant as seen too, lookAt as the picture is', async () => {
    const page = await open(`<div style="${PLACE};transform:scaleX(-1)">${FACE}</div>`);
    await page.keyboard.press('Tab');
    for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowRight');
    for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowDown');
    await shows(page, 5, 0);
    await run(page, 'face.lookAt(1, 1)');
    await shows(page, 5, 5);
  });

  test('also when it is turned while the pointer rests', async () => {
    const page = await open(`<div id="card" style="${PLACE};transition:transform .3s">${FACE}</div>`);
    await page.mouse.move(795, 795);
    await shows(page, 5, 5);
    await run(page, `document.getElementById('card').style.transform = 'rotateY(180deg)'`);
    await shows(page, 5, 0);
    await run(page, `document.getElementById('card').style.transform = 'none'`);
    await shows(page, 5, 5);
  });

  test('in full screen, which no transform of the page reaches', async () => {
    const page = await open(`<div style="position:absolute;left:250px;top:200px;transform:scaleX(-1)">${FACE.replace('hide-controls', '').replace('display:block', 'display:block;width:300px')}</div>`);
    await page.mouse.move(795, 795);
    await shows(page, 5, 0);
    await page.locator('gaze-tracker').getByRole('button', { name: 'Full screen' }).click();
    await expect.poll(() => run(page, 'return document.fullscreenElement === face')).toBe(true);
    const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
    await page.mouse.move(width - 5, height - 5);
    await shows(page, 5, 5);
    await run(page, 'document.exitFullscreen()');
    await page.mouse.move(795, 795);
    await shows(page, 5, 0);
  });

  test.each(['scale(0)', 'scaleX(0)', 'rotateX(90deg)', 'perspective(100px) translateZ(200px)', 'perspective(100px) rotateY(80deg) translateZ(90px)'])('%s harms nothing', async (transform) => {
    const page = await open(`<div id="card" style="${PLACE}">${FACE}</div>`);
    await page.mouse.move(795, 795);
    await shows(page, 5, 5);
    await run(page, `document.getElementById('card').style.transform = '${transform}'`);
    await page.mouse.move(10, 10);
    await page.mouse.move(20, 700);
    await page.waitForTimeout(300);
    await run(page, `document.getElementById('card').style.transform = 'none'`);
    await page.mouse.move(5, 795);
    await shows(page, 5, 0);
    expect(await recorded(page, 'error')).toEqual([]);
  });
});

describe('has as many pixels as are seen', () => {
  const RIG = '<gaze-tracker smoothing="1" hide-controls style="display:block;width:32px" src="/fixtures/rig/portrait.gaze"></gaze-tracker>';
  const width = (page: Page) => page.evaluate(async () => (await window.pixelsOf('gaze-tracker')).width);

  // The rig has 128, and is drawn with an eighth at least.
  test.each([
    ['', 32], ['transform:scale(3)', 96], ['transform:scale(-3)', 96], ['transform:scaleX(-1)', 32], ['transform:rotate(30deg) scale(2)', 64],
    ['transform:rotate(90deg)', 32], ['transform:scale(.5)', 16], ['zoom:3', 96], ['zoom:2;transform:scale(1.5)', 96], ['transform:scale(40)', 128],
    ['transform:perspective(100px) translateZ(50px)', 64],
  ])('%s: %d', async (style, pixels) => {
    const page = await browser.open(`<div style="position:absolute;left:100px;top:100px;${style}">${RIG}</div>`, { viewport });
    await waitForEvent(page, 'ready');
    await expect.poll(() => width(page)).toBe(pixels);
  });

  test('follows a transform that changes', async () => {
    const page = await browser.open(`<div id="card" style="position:absolute;left:300px;top:300px">${RIG}</div>`, { viewport, deviceScaleFactor: 2 });
    await waitForEvent(page, 'ready');
    await expect.poll(() => width(page)).toBe(64);
    await run(page, `document.getElementById('card').style.transform = 'scale(1.8)'`);
    await expect.poll(() => width(page)).toBe(115);
    await run(page, `document.getElementById('card').style.cssText += ';transition:transform .3s;transform:scale(.6)'`);
    await expect.poll(() => width(page)).toBe(38);
  });

  test('follows fingers that enlarge the page', async () => {
    const page = await browser.open(`<div style="height:3000px">${RIG}</div>`, { viewport: { width: 400, height: 800 }, isMobile: true, hasTouch: true, deviceScaleFactor: 1 });
    await waitForEvent(page, 'ready');
    await expect.poll(() => width(page)).toBe(32);
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setPageScaleFactor', { pageScaleFactor: 3 });
    await expect.poll(() => width(page)).toBe(96);
  });

  test('frames that are shown smaller are decoded smaller', async () => {
    const page = await open(`<div style="${PLACE};transform:scale(.5)">${FACE}</div>`);
    await expect.poll(() => width(page)).toBe(32);
  });
});

test('fifty faces: one layout a move of the pointer', async () => {
  const page = await browser.open(FACE.replace('display:block', 'width:32px').repeat(50) + '<div id="marker" style="height:5px"></div>', { viewport });
  await page.waitForFunction(() => window.recorded.filter(({ type }) => type === 'ready').length === 50);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const layouts = async () => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'LayoutCount')!.value;
  const before = await layouts();
  await page.evaluate(() => {
    const marker = document.getElementById('marker')!;
    for (let i = 0; i < 20; i++) {
      marker.style.width = `${100 + i}px`;
      dispatchEvent(new PointerEvent('pointermove', { clientX: 100 + i, clientY: 100 }));
    }
  });
  // And what is laid out in the end.
  expect((await layouts()) - before).toBeLessThanOrEqual(25);
});
