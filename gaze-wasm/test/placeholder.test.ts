// What is on screen before the first frame: the portrait, of a cut-out the one that has no background.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TestBrowser, waitForEvent } from './browser.js';
import { fixture } from './site.js';

const browser = new TestBrowser();
let cases = 0;

/** A folder whose pack or sheet stops after so many bytes until the test goes on; its portrait is there at once. */
function slowFolder(from: string, name: string, length: number): { base: string; goOn(end?: boolean): void } {
  const base = `/placeholder-${cases++}/`;
  const waiting: ((end: boolean) => void)[] = [];
  const others = ['metadata.json', 'q0.webp', 'q1.webp', 'q2.webp', 'q3.webp', 'input.jpg', ...(from === 'clear' ? ['input.webp'] : [])];
  for (const other of others) browser.site.route(base + other, fixture(`${from}/${other}`));
  browser.site.route(base + name, (response) => {
    const bytes = fixture(`${from}/${name}`);
    response.setHeader('content-length', bytes.length);
    response.write(bytes.slice(0, length));
    waiting.push((end) => (end ? response.socket?.end() : response.end(bytes.slice(length))));
  });
  return { base, goOn: (end = false) => waiting.splice(0).forEach((each) => each(end)) };
}

/** Notes which images were ever on screen. */
function watchImages(): void {
  const attach = Element.prototype.attachShadow;
  const seen = new Set<string>();
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    new MutationObserver(() => {
      const image = root.querySelector('img');
      if (image) seen.add(image.src.split('/').pop()!);
      document.documentElement.dataset.seen = [...seen].join();
    }).observe(root, { childList: true, subtree: true });
    return root;
  };
}
const portraitShown = (page: Page) => page.evaluate(() => document.querySelector('gaze-tracker')!.shadowRoot!.querySelector('img')?.naturalWidth === 64);
const everSeen = (page: Page) => page.evaluate(() => document.documentElement.dataset.seen ?? '');
/** Whether the corner of the portrait on screen is transparent. */
const isClear = (page: Page) => page.evaluate(() => {
  const context = document.createElement('canvas').getContext('2d')!;
  context.drawImage(document.querySelector('gaze-tracker')!.shadowRoot!.querySelector('img')!, 0, 0);
  return context.getImageData(1, 1, 1, 1).data[3] === 0;
});
const height = (page: Page) => page.evaluate(() => document.querySelector('gaze-tracker')!.offsetHeight);

describe.each([['frames.gaze', 360, ''], ['q0.webp', 100, 'mode="quadrants"']] as const)('while %s is on its way', (name, length, attributes) => {
  test('an opaque face shows its portrait, until the first frame', async () => {
    const { base, goOn } = slowFolder('six', name, length);
    const page = await browser.open(`<gaze-tracker src="${base}" ${attributes}></gaze-tracker>`);
    await expect.poll(() => portraitShown(page)).toBe(true);
    goOn();
    await waitForEvent(page, 'ready');
    expect(await portraitShown(page)).toBe(false);
  });

  test('a cut-out shows the portrait that is one, and never the other', async () => {
    const { base, goOn } = slowFolder('clear', name, length);
    const page = await browser.open(`<gaze-tracker src="${base}" ${attributes}></gaze-tracker>`, { before: watchImages });
    await expect.poll(() => portraitShown(page)).toBe(true);
    expect(await isClear(page)).toBe(true);
    goOn();
    await waitForEvent(page, 'ready');
    expect(await portraitShown(page)).toBe(false);
    expect(await everSeen(page)).toBe('input.webp');
  });

  test('a cut-out of an older release shows nothing', async () => {
    const { base, goOn } = slowFolder('clear', name, length);
    browser.site.route(`${base}input.webp`, 404);
    const page = await browser.open(`<gaze-tracker src="${base}" ${attributes}></gaze-tracker>`, { before: watchImages });
    await page.waitForTimeout(1500);
    goOn();
    await waitForEvent(page, 'ready');
    expect(await everSeen(page)).toBe('');
  });

  test('when that breaks off, either stays', async () => {
    for (const [from, portrait] of [['clear', 'input.webp'], ['six', 'input.jpg']] as const) {
      const { base, goOn } = slowFolder(from, name, length);
      browser.site.route(`${base}metadata.json`, name === 'q0.webp' ? fixture(`${from}/metadata.json`) : 404);
      for (const sheet of name === 'q0.webp' ? [] : ['q0.webp', 'q1.webp', 'q2.webp', 'q3.webp']) browser.site.route(base + sheet, 404);
      const page = await browser.open(`<gaze-tracker src="${base}" ${attributes}></gaze-tracker>`, { before: watchImages });
      await expect.poll(() => portraitShown(page)).toBe(true);
      const ending = setInterval(() => goOn(true), 100);
      await waitForEvent(page, 'error', { fatal: true });
      clearInterval(ending);
      await page.waitForTimeout(300);
      expect([await portraitShown(page), await everSeen(page)]).toEqual([true, portrait]);
    }
  });
});

test('before anything is known nothing is shown, but the element has its size', async () => {
  const { base } = slowFolder('six', 'portrait.gaze', 0);
  browser.site.route(`${base}portrait.gaze`, () => undefined);
  const page = await browser.open(`<gaze-tracker src="${base}"></gaze-tracker>`, { before: watchImages });
  await expect.poll(() => height(page)).toBe(80);
  expect(await everSeen(page)).toBe('');
});

test('a face of which nothing was known when it failed shows its portrait', async () => {
  const base = `/placeholder-${cases++}/`;
  browser.site.route(`${base}input.jpg`, fixture('clear/input.jpg'));
  const page = await browser.open(`<gaze-tracker src="${base}"></gaze-tracker>`);
  await waitForEvent(page, 'error');
  await expect.poll(() => portraitShown(page)).toBe(true);
});

test('who comes later to a face that is on its way sees the same', async () => {
  const { base } = slowFolder('six', 'frames.gaze', 360);
  const page = await browser.open(`<gaze-tracker src="${base}"></gaze-tracker>`);
  await expect.poll(() => portraitShown(page)).toBe(true);
  await page.evaluate((src) => {
    const other = document.createElement('gaze-tracker');
    other.src = src;
    document.body.prepend(other);
  }, base);
  await expect.poll(() => portraitShown(page)).toBe(true);
});
