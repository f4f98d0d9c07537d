// One face after another in the same element: by address or file, one fading into the other.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { colorOf, countActivity, expectCell, expectColor, pixel, recorded, showCell, TestBrowser, waitForEvent, waitUntilInactive } from './browser.js';
import { fixture } from './site.js';

const browser = new TestBrowser();
/** So slow that a busy machine sees it as well. */
const FACE = '<gaze-tracker hide-controls smoothing="1" style="width:64px;--gaze-fade:3s" src="/fixtures/six/"></gaze-tracker>';

const canvases = (page: Page) => page.evaluate(() => document.querySelector('gaze-tracker')!.shadowRoot!.querySelectorAll('canvas').length);
const changeTo = (page: Page, src: string) => page.evaluate((src) => {
  window.recorded = [];
  const face = document.querySelector('gaze-tracker')!;
  // The next one is at rest.
  face.follow();
  face.src = src;
}, src);
/** The middle of the element as it is on screen. */
async function onScreen(page: Page): Promise<number[]> {
  const png = await page.locator('gaze-tracker').screenshot();
  return page.evaluate(async (bytes) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(bytes)]));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    return [...context.getImageData(bitmap.width / 2, bitmap.height / 2, 1, 1).data];
  }, [...png]);
}

describe('another src', () => {
  test('fades in over the face before it, whose canvas then goes', async () => {
    const page = await browser.open(FACE);
    await waitForEvent(page, 'progress', { frames: 36 });
    await showCell(page, 6, 0, 5);
    const [red] = colorOf(6, 0, 5);
    // Held where it begins: however slow the machine, each step of it is looked at.
    await page.evaluate(() => {
      const face = document.querySelector('gaze-tracker')!;
      face.addEventListener('ready', () => face.shadowRoot!.getAnimations().forEach((fade) => fade.pause()), { once: true });
    });
    await changeTo(page, '/fixtures/twenty/');
    await waitForEvent(page, 'ready', { grid: 20 });
    expect(await canvases(page)).toBe(2);
    const fades = (run: (fade: Animation, share: number) => void, share = 0) => page.evaluate(`(() => {
      const fades = document.querySelector('gaze-tracker').shadowRoot.getAnimations();
      for (const fade of fades) (${run})(fade, ${share});
      return fades.length;
    })()`);
    // The new face is at rest, in the middle: from 248 to 128.
    const reds: number[] = [];
    for (const share of [0, 0.2, 0.4, 0.6, 0.8, 0.99]) {
      expect(await fades((fade, share) => void (fade.currentTime = share * 3000), share)).toBe(2);
      const [r, , blue] = await onScreen(page);
      reds.push(r!);
      // Opaque all the while: the page's white would show in blue.
      expect(blue, `at ${share}`).toBeLessThan(140);
    }
    expect(Math.abs(reds[0]! - red!), String(reds)).toBeLessThan(8);
    expect(reds.filter((value) => value < red! - 15 && value > 128 + 15).length, String(reds)).toBeGreaterThan(1);
    for (let i = 1; i < reds.length; i++) expect(reds[i]!, String(reds)).toBeLessThanOrEqual(reds[i - 1]! + 2);
    await fades((fade) => fade.finish());
    await expect.poll(() => canvases(page)).toBe(1);
    expect((await onScreen(page))[2]).toBeLessThan(140);
    await expectColor(page, colorOf(20, 9.5, 9.5));
    await showCell(page, 20, 0, 19);
  });

  test('until the new one is there, the old one stays and does nothing', async () => {
    browser.site.route('/never/frames.gaze', () => undefined);
    const page = await browser.open(FACE, { before: countActivity });
    await waitForEvent(page, 'progress', { frames: 36 });
    await showCell(page, 6, 0, 5);
    await changeTo(page, '/never/frames.gaze');
    await page.mouse.move(900, 700);
    await waitUntilInactive(page);
    const [red] = colorOf(6, 0, 5);
    expect(Math.abs((await onScreen(page))[0]! - red!)).toBeLessThan(8);
    expect(await recorded(page, 'gazechange')).toEqual([]);
  });

  test('that fails leaves the placeholder', async () => {
    const page = await browser.open(FACE.replace('></', '><b style="display:block;height:80px;background:rgb(1,200,3)"></b></'));
    await waitForEvent(page, 'progress', { frames: 36 });
    await changeTo(page, '/nowhere/frames.gaze');
    expect(await waitForEvent(page, 'error')).toMatchObject({ code: 'missing', fatal: true });
    await expect.poll(() => onScreen(page)).toEqual([1, 200, 3, 255]);
    expect(await canvases(page)).toBe(1);
    await changeTo(page, '/fixtures/twenty/');
    await waitForEvent(page, 'ready');
    await showCell(page, 20, 0, 19);
  });

  test('a click that begins while one face fades into the next is a click', async () => {
    const page = await browser.open(FACE);
    await waitForEvent(page, 'ready');
    await page.evaluate(() => document.querySelector('gaze-tracker')!.addEventListener('click', () => Object.assign(window, { isClicked: true })));
    await page.mouse.move(20, 20);
    await changeTo(page, '/fixtures/twenty/');
    await waitForEvent(page, 'ready');
    await page.mouse.down();
    await expect.poll(() => canvases(page)).toBe(1);
    await page.mouse.up();
    await expect.poll(() => page.evaluate(() => 'isClicked' in window)).toBe(true);
  });

  test('comes at once under reduced motion, or where nothing is displayed', async () => {
    const calm = await browser.open(FACE, { reducedMotion: 'reduce' });
    await waitForEvent(calm, 'ready');
    await changeTo(calm, '/fixtures/twenty/');
    await waitForEvent(calm, 'ready');
    expect(await canvases(calm)).toBe(1);
    const hidden = await browser.open(FACE.replace('src', 'hidden loading="eager" src'));
    await waitForEvent(hidden, 'ready');
    await changeTo(hidden, '/fixtures/twenty/');
    await waitForEvent(hidden, 'ready');
    expect(await canvases(hidden)).toBe(1);
  });

  test('many in a row: the last one is shown, and nothing of the others is left', async () => {
    const page = await browser.open(FACE.replace('3s', '50ms'));
    await waitForEvent(page, 'ready');
    for (const name of ['twenty', 'six', 'thirty', 'twenty', 'thirty', 'six']) {
      await changeTo(page, `/fixtures/${name}/`);
      await page.waitForTimeout(40);
    }
    await waitForEvent(page, 'progress', { frames: 36 });
    await showCell(page, 6, 5, 0);
    await expect.poll(() => canvases(page)).toBe(1);
    expect(await recorded(page, 'error')).toEqual([]);
  });

  test('while it is taken out and put back', async () => {
    const page = await browser.open(FACE);
    await waitForEvent(page, 'ready');
    await page.evaluate(() => {
      window.recorded = [];
      const face = document.querySelector('gaze-tracker')!;
      face.remove();
      face.src = '/fixtures/twenty/';
      document.body.append(face);
    });
    await waitForEvent(page, 'ready', { grid: 20 });
  });

  test('that is taken away leaves nothing', async () => {
    const page = await browser.open(FACE);
    await waitForEvent(page, 'ready');
    await page.evaluate(() => document.querySelector('gaze-tracker')!.removeAttribute('src'));
    expect(await pixel(page)).toEqual([0, 0, 0, 0]);
    expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.ready)).toBe(false);
  });

  test('that is the same loads nothing anew, unless it has failed', async () => {
    const page = await browser.open(FACE);
    await waitForEvent(page, 'ready');
    const setAgain = () => page.evaluate(async () => {
      window.recorded = [];
      const face = document.querySelector('gaze-tracker')!;
      // As frameworks do with a page that they take over.
      face.src = face.src;
      await new Promise((resolve) => setTimeout(resolve));
      return face.ready;
    });
    expect(await setAgain()).toBe(true);
    await page.evaluate(async () => {
      const face = document.querySelector('gaze-tracker')!;
      const file = await (await fetch('/fixtures/twenty/frames.gaze')).blob();
      window.recorded = [];
      face.src = file;
      await face.whenReady;
      face.src = file;
    });
    await waitForEvent(page, 'ready', { grid: 20 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.ready)).toBe(true);
    expect(await recorded(page, 'ready')).toHaveLength(1);

    await changeTo(page, '/nothing/portrait.gaze');
    await waitForEvent(page, 'error', { fatal: true });
    await setAgain();
    await waitForEvent(page, 'error', { fatal: true });
  });
});

describe('a file as src', () => {
  const give = (page: Page, how: 'blob' | 'face') => page.evaluate(async ([bytes, how]) => {
    const blob = new Blob([Uint8Array.from(bytes)]);
    window.recorded = [];
    for (const face of document.querySelectorAll('gaze-tracker')) face.src = how === 'blob' ? blob : { blob };
  }, [[...fixture('six/frames.gaze')], how] as const);

  test.each(['blob', 'face'] as const)('a %s is played, and asked for nowhere', async (how) => {
    const page = await browser.open('<gaze-tracker smoothing="1" id="a"></gaze-tracker><gaze-tracker smoothing="1" id="b" src="/fixtures/twenty/"></gaze-tracker>');
    await waitForEvent(page, 'ready', { on: 'b' });
    const before = browser.site.asked.length;
    await give(page, how);
    for (const on of ['a', 'b']) await waitForEvent(page, 'ready', { on, grid: 6 });
    expect(browser.site.asked.slice(before)).toEqual([]);
    await showCell(page, 6, 0, 5);
    expect(await page.evaluate(() => document.getElementById('b')!.hasAttribute('src'))).toBe(false);
    expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.src)).toBe('');
  });

  test('an address that is set later goes before it, and taking it away leaves nothing', async () => {
    const page = await browser.open('<gaze-tracker smoothing="1"></gaze-tracker>');
    await give(page, 'blob');
    await waitForEvent(page, 'ready', { grid: 6 });
    await page.evaluate(() => document.querySelector('gaze-tracker')!.setAttribute('src', '/fixtures/twenty/'));
    await waitForEvent(page, 'ready', { grid: 20 });
    await give(page, 'blob');
    await waitForEvent(page, 'ready', { grid: 6 });
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.src = ''));
    await expect.poll(() => page.evaluate(() => document.querySelector('gaze-tracker')!.ready)).toBe(false);
  });

  test('set before the element was defined, and kept when it moves', async () => {
    const page = await browser.page();
    browser.site.route('/early.html', '<!doctype html><body></body>');
    await page.goto(`${browser.site.url}/early.html`);
    await page.evaluate((bytes) => {
      const early = document.createElement('gaze-tracker') as HTMLElementTagNameMap['gaze-tracker'];
      early.src = new Blob([Uint8Array.from(bytes)]);
      early.smoothing = 1;
      document.body.append(early);
    }, [...fixture('six/frames.gaze')]);
    await page.addScriptTag({ type: 'module', url: '/player/define.js' });
    await page.waitForFunction(() => document.querySelector('gaze-tracker')!.ready);
    await page.evaluate(() => {
      const face = document.querySelector('gaze-tracker')!;
      face.remove();
      return new Promise((resolve) => setTimeout(resolve, 100)).then(() => document.body.append(face));
    });
    await page.waitForFunction(() => document.querySelector('gaze-tracker')!.ready);
    await expectCell(page, 6, 2.5, 2.5);
  });

  test('that is no face: an error that says so', async () => {
    const page = await browser.open('<gaze-tracker></gaze-tracker>');
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.src = new Blob(['hello, this is not a face at all'])));
    const error = await waitForEvent(page, 'error');
    expect(error).toMatchObject({ fatal: true });
    expect(error.message).toMatch(/the given face/);
  });
});
