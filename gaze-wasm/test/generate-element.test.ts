// <gaze-tracker> with faces that are made in the page.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { recorded, TestBrowser, waitForEvent } from './browser.js';
import { serveLab } from './generate-lab.js';

const browser = new TestBrowser();
serveLab(browser);

const asked = (path: string) => browser.site.asked.filter((each) => each === path).length;

/** Waits until the picture differs by more than so many grey levels, on average, between looking left and looking right. */
async function expectMotion(page: Page, levels: number): Promise<void> {
  const look = async (x: number) => {
    await page.evaluate((x) => document.querySelector('gaze-tracker')!.lookAt(x, 0), x);
    await expect.poll(() => page.evaluate(() => document.querySelector('gaze-tracker')!.gaze.x)).toBeCloseTo(x, 1);
    return page.evaluate(async () => {
      const { width, height, data } = await window.pixelsOf('gaze-tracker');
      return { width, height, data: [...data] };
    });
  };
  // A picture is on screen some time after its event, and its size follows the element's a little later.
  await expect.poll(async () => {
    const [left, right] = [await look(-1), await look(1)];
    if (left.width !== right.width || left.height !== right.height) return 0;
    return left.data.reduce((sum, value, i) => sum + Math.abs(value - right.data[i]!), 0) / left.data.length;
  }).toBeGreaterThan(levels);
}

test('a face is made of the photograph that portrait names, which is shown meanwhile', async () => {
  const page = await browser.open('<gaze-tracker portrait="/astronaut.png" smoothing="1" style="width: 256px"></gaze-tracker>');
  await page.waitForFunction(() => document.querySelector('gaze-tracker')!.shadowRoot!.querySelector('img')?.complete);
  expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'rig', width: 512, height: 512 });
  await expectMotion(page, 0.5);
  expect(await recorded(page, 'error')).toEqual([]);
});

test('a face that a script makes is a source', async () => {
  const page = await browser.open('<script type="module" src="/lab.js"></script><gaze-tracker smoothing="1" style="width: 256px"></gaze-tracker>');
  await page.waitForFunction(() => window.gazeGenerate);
  await page.evaluate(async () => {
    document.querySelector('gaze-tracker')!.src = await window.gazeGenerate.generate('/astronaut.png', { crop: 'head', removeBackground: true });
  });
  const { source, width, height } = await waitForEvent(page, 'ready');
  expect(source).toBe('rig');
  expect(Math.max(width as number, height as number)).toBeLessThan(512);
  await expectMotion(page, 2);
});

test('whoever only plays loads nothing of it', async () => {
  const before = asked('/player/generate.js');
  const page = await browser.open('<gaze-tracker src="/fixtures/six/" portrait="/astronaut.png"></gaze-tracker>');
  expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'pack' });
  expect(asked('/player/generate.js')).toBe(before);
});

test.each([
  ['/stripes.svg', 'portrait', /^portrait="\/stripes\.svg": this is an SVG drawing/],
  ['/nothing.jpg', 'missing', /^portrait="\/nothing\.jpg": nothing\.jpg could not be loaded: the server answered 404$/],
  ['/black.bmp', 'portrait', /^portrait="\/black\.bmp": this browser could not read the picture/],
])('%s is no portrait: an error with a sentence, and what stands in the tag', async (portrait, code, message) => {
  browser.site.route('/stripes.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const bmp = Buffer.alloc(54 + 100 * 100 * 3);
  bmp.write('BM');
  bmp.writeUInt32LE(bmp.length, 2);
  bmp.writeUInt32LE(54, 10);
  bmp.writeUInt32LE(40, 14);
  bmp.writeInt32LE(100, 18);
  bmp.writeInt32LE(100, 22);
  bmp.writeUInt32LE((24 << 16) | 1, 26);
  browser.site.route('/black.bmp', bmp);
  const page = await browser.open(`<gaze-tracker portrait="${portrait}"><b id="own">me</b></gaze-tracker>`);
  const error = await waitForEvent(page, 'error');
  expect(error).toMatchObject({ code, fatal: true });
  expect(error.message).toMatch(message);
  expect(await page.evaluate(() => document.querySelector('#own')!.checkVisibility())).toBe(true);
  // The next one works.
  await page.evaluate(() => document.querySelector('gaze-tracker')!.setAttribute('portrait', '/astronaut.png'));
  await waitForEvent(page, 'ready');
});

test('one that is removed midway is cancelled, and comes when it is put back', async () => {
  const page = await browser.open('<gaze-tracker portrait="/astronaut.png"></gaze-tracker>');
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/astronaut.png')));
  await page.evaluate(() => {
    const element = document.querySelector('gaze-tracker')!;
    element.remove();
    (window as unknown as { kept: Element }).kept = element;
  });
  await page.waitForTimeout(2000);
  expect([await recorded(page, 'ready'), await recorded(page, 'error')]).toEqual([[], []]);
  await page.evaluate(() => document.body.append((window as unknown as { kept: Element }).kept));
  await waitForEvent(page, 'ready');
  expect(await recorded(page, 'error')).toEqual([]);
});

test('src goes before it, also midway', async () => {
  const page = await browser.open('<gaze-tracker portrait="/astronaut.png"></gaze-tracker>');
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/astronaut.png')));
  await page.evaluate(() => document.querySelector('gaze-tracker')!.setAttribute('src', '/fixtures/six/'));
  expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'pack' });
  await page.waitForTimeout(2000);
  expect(await recorded(page, 'ready')).toHaveLength(1);
  expect(await recorded(page, 'error')).toEqual([]);
});
