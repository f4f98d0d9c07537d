// Pages that stop events, pointers that go away, frames and other windows.
import type { Frame, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openAimPage, run, shows, viewport } from './aim-page.js';
import { colorOf, distance, gazeOf, installPixelReader, pixel, TestBrowser, TOLERANCE, waitForEvent, type PageOptions } from './browser.js';

const browser = new TestBrowser();
const PINNED = 'position:fixed;left:368px;top:360px';
const face = (style = PINNED, more = '') => `<gaze-tracker smoothing="1" hide-controls style="${style}" src="/fixtures/six/frames.gaze" ${more}></gaze-tracker>`;

const open = (body: string, options?: PageOptions) => openAimPage(browser, body, options);
const looksAhead = (page: Page) => expect.poll(async () => Math.hypot((await gazeOf(page)).x, (await gazeOf(page)).y)).toBeLessThan(0.3);

describe('a page that stops events', () => {
  test.each(['pointermove', 'mousemove', 'scroll'])('does not blind it: %s', async (type) => {
    const page = await open(`<div id="part" style="position:absolute;inset:0;height:3000px"></div>${face('position:absolute;left:368px;top:760px')}`);
    await run(page, `for (const target of [document, document.documentElement, document.body, document.getElementById('part')]) {
      for (const capture of [true, false]) target.addEventListener('${type}', (event) => { event.stopImmediatePropagation(); event.preventDefault(); }, capture);
    }`);
    await page.mouse.move(790, 400);
    await shows(page, 0, 5);
    await run(page, 'scrollTo(0, 740)');
    await shows(page, 5, 5);
  });

  test('does not blind it while something is dragged', async () => {
    const page = await open(`<div draggable="true" style="position:fixed;left:0;top:0;width:50px;height:50px;background:red"></div>${face()}`);
    await page.mouse.move(10, 10);
    await page.mouse.down();
    await page.mouse.move(100, 100);
    await page.mouse.move(790, 790);
    await shows(page, 5, 5);
    await page.mouse.up();
  });
});

/** Notes when the pointer is heard of last, and when the gaze moves last after that; gives the milliseconds between. */
async function timePointerToGaze(page: Page): Promise<() => Promise<number>> {
  await run(page, `window.times = [0];
    for (const type of ['pointermove', 'pointerover', 'pointerout']) addEventListener(type, () => (window.times = [performance.now()]), true);
    face.addEventListener('gazechange', () => times.push(performance.now()))`);
  return () => run(page, 'return times.at(-1) - times[0]');
}

describe('a pointer that is gone', () => {
  test('out of the window: the face looks ahead after a moment, and back once the pointer is back', async () => {
    const page = await open(`${face()}<div style="height:3000px"></div>`);
    await page.mouse.move(790, 790);
    await shows(page, 5, 5);
    const time = await timePointerToGaze(page);
    await page.mouse.move(790, 900);
    await looksAhead(page);
    expect(await time()).toBeGreaterThan(900);
    // It is nowhere: nothing brings it back but itself.
    await run(page, 'scrollTo(0, 100)');
    await page.waitForTimeout(300);
    await looksAhead(page);
    await page.mouse.move(790, 790);
    await shows(page, 5, 5);
  });

  test('back within the moment: nothing happens', async () => {
    const page = await open(face());
    await page.mouse.move(790, 790);
    await shows(page, 5, 5);
    await page.mouse.move(790, 900);
    await page.mouse.move(789, 789);
    await page.waitForTimeout(1500);
    await shows(page, 5, 5);
  });

  test('it eases there', async () => {
    const page = await open(face().replace('smoothing="1"', 'smoothing="0.01"'));
    await page.mouse.move(790, 400);
    await expect.poll(async () => (await gazeOf(page)).x).toBeGreaterThan(0.9);
    await run(page, `window.path = []; face.addEventListener('gazechange', ({ detail }) => path.push(detail.col))`);
    await page.mouse.move(900, 400);
    await expect.poll(() => run<number[]>(page, 'return path')).toEqual(expect.arrayContaining([4, 3]));
  });

  test.each(['iframe', 'object'])('over an %s: the last direction, then ahead, and back', async (name) => {
    browser.site.route('/inside.html', '<!doctype html>x');
    const page = await open(`${face()}<${name} src="/inside.html" data="/inside.html" style="position:fixed;left:600px;top:500px;width:200px;height:300px;border:0"></${name}>`);
    await page.mouse.move(790, 450);
    await expect.poll(async () => (await gazeOf(page)).x).toBeGreaterThan(0.9);
    const time = await timePointerToGaze(page);
    await page.mouse.move(790, 790);
    await page.mouse.move(780, 780);
    await looksAhead(page);
    expect(await time()).toBeGreaterThan(900);
    await page.mouse.move(790, 10);
    await shows(page, 0, 5);
  });

  test('what the page or a key has asked for stays', async () => {
    const page = await open(face());
    await page.mouse.move(790, 790);
    await shows(page, 5, 5);
    await page.keyboard.press('Tab');
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowLeft');
    await shows(page, 5, 0);
    await page.mouse.move(790, 900);
    await page.waitForTimeout(1500);
    await shows(page, 5, 0);
    await run(page, 'face.lookAt(1, -1)');
    await shows(page, 0, 5);
    await page.mouse.move(790, 790);
    await page.mouse.move(790, 900);
    await page.waitForTimeout(1500);
    await shows(page, 0, 5);
    await run(page, 'face.follow()');
    await looksAhead(page);
  });

  test('a finger that was lifted leaves the face as it is', async () => {
    const page = await open(`${face()}<div style="height:3000px"></div>`, { hasTouch: true });
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: { x: number; y: number }[]) => session.send('Input.dispatchTouchEvent', { type, touchPoints: points });
    await touch('touchStart', { x: 400, y: 400 });
    await touch('touchMove', { x: 790, y: 790 });
    await shows(page, 5, 5);
    await touch('touchEnd');
    await run(page, `scrollTo(0, 200); face.style.top = '100px'`);
    await page.waitForTimeout(1500);
    await shows(page, 5, 5);
  });
});

/** The middle of the picture of a face inside a frame or another window. */
async function expectCellIn(frame: Page | Frame, row: number, col: number): Promise<void> {
  await frame.evaluate(installPixelReader);
  await expect.poll(async () => distance(await pixel(frame as Page), colorOf(6, row, col)), { message: `cell ${row}, ${col}` }).toBeLessThanOrEqual(TOLERANCE);
}

describe('moved into another document', () => {
  const FRAME = 'position:fixed;left:100px;top:100px;width:600px;height:600px;border:0';

  test('of a frame: it keeps its looks, follows the pointer there, and comes back', async () => {
    const page = await open(`${face()}<iframe srcdoc="<!doctype html><style>body{margin:0;height:3000px}</style>" style="${FRAME}"></iframe>`);
    await page.mouse.move(790, 790);
    await shows(page, 5, 5);
    await run(page, `face.style.cssText = 'position:absolute;left:268px;top:560px'; document.querySelector('iframe').contentDocument.body.append(face)`);
    const frame = page.frames()[1]!;
    // Of the element's own style: it is placed in the middle, and its canvas fills it.
    await expect.poll(() => run(frame, `const canvas = face.shadowRoot.querySelector('canvas'); return [getComputedStyle(face).overflow, canvas.clientWidth, canvas.clientHeight, getComputedStyle(canvas).position]`))
      .toEqual(['hidden', 64, 80, 'absolute']);
    await page.mouse.move(110, 400);
    await expectCellIn(frame, 0, 0);
    await run(frame, 'scrollTo(0, 560)');
    await expectCellIn(frame, 5, 0);
    // Left for the page around: that is as good as gone.
    await page.mouse.move(10, 10);
    await expect.poll(() => run<number>(frame, 'return Math.hypot(face.gaze.x, face.gaze.y)')).toBeLessThan(0.3);
    await run(frame, `face.style.cssText = '${PINNED}'; top.document.body.append(face)`);
    await page.mouse.move(790, 10);
    await shows(page, 0, 5);
    expect(await run(page, 'return getComputedStyle(face).overflow')).toBe('hidden');
  });

  test('of a popup', async () => {
    const page = await open(face());
    const [popup] = await Promise.all([page.waitForEvent('popup'), run(page, `window.popup = open('about:blank', '', 'width=800,height=800')`)]);
    await popup.setViewportSize(viewport);
    await run(page, 'popup.document.body.append(face)');
    await popup.mouse.move(790, 10);
    await expectCellIn(popup, 0, 5);
    await popup.mouse.move(10, 790);
    await expectCellIn(popup, 5, 0);
    expect(await run(popup, 'return getComputedStyle(face).overflow')).toBe('hidden');
  });

  test('listeners go with it', async () => {
    const page = await open(`${face()}<iframe style="${FRAME}"></iframe>`, {
      before: () => {
        const counted = window as unknown as { counts: Map<unknown, number>; listenersOf: (target: EventTarget) => number };
        counted.counts = new Map();
        counted.listenersOf = (target) => counted.counts.get(target) ?? 0;
        if (window !== top) return;
        const add = EventTarget.prototype.addEventListener;
        const patched: typeof add = function (this: EventTarget, type, listener, options) {
          const signal = typeof options === 'object' ? options?.signal : undefined;
          if (signal) {
            counted.counts.set(this, counted.listenersOf(this) + 1);
            add.call(signal, 'abort', () => counted.counts.set(this, counted.listenersOf(this) - 1));
          }
          return add.call(this, type, listener, options);
        };
        EventTarget.prototype.addEventListener = patched;
      },
    });
    await run(page, `window.inner = document.querySelector('iframe').contentWindow; inner.EventTarget.prototype.addEventListener = EventTarget.prototype.addEventListener`);
    const counts = () => run<number[]>(page, 'return [listenersOf(window), listenersOf(inner)]');
    await expect.poll(counts).toEqual([expect.any(Number), 0]);
    const [outside] = await counts();
    expect(outside).toBeGreaterThan(0);
    await run(page, 'inner.document.body.append(face)');
    await expect.poll(counts).toEqual([0, outside]);
    await run(page, 'inner.document.body.replaceChildren()');
    await expect.poll(counts).toEqual([0, 0]);
  });

  test('lookAtElement takes an element of another window', async () => {
    const page = await open(`${face()}<iframe srcdoc="<!doctype html><p id=goal style='position:absolute;left:550px;top:550px;margin:0'>x</p>" style="${FRAME}"></iframe>`);
    await run(page, `face.lookAtElement(document.querySelector('iframe').contentDocument.getElementById('goal'))`);
    await shows(page, 4, 4);
  });
});
