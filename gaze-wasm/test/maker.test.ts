// The maker's page as `gaze maker` writes it, opened from a disk: a photo comes in, a face looks round, files go out.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestBrowser } from './browser.js';
import { ASTRONAUT, CAT, MakerFolder } from './maker-page.js';
import { DIST } from './site.js';

/** More than the slowest machine takes to make a face. */
const MAKING = { timeout: 120_000 };

const browser = new TestBrowser();
const folder = new MakerFolder();
let maker: string;
beforeAll(() => void (maker = folder.write()));
afterAll(() => folder.remove());

interface Opened {
  page: Page;
  /** Everything that the page asked for but itself and what it holds in memory. */
  requests: string[];
  /** What it said on the console. */
  complaints: string[];
}

async function open(options: BrowserContextOptions = {}, before?: () => void, url = maker): Promise<Opened> {
  const page = await browser.page(options);
  if (before) await page.addInitScript(before);
  const [requests, complaints]: [string[], string[]] = [[], []];
  page.on('request', (request) => void (/^(blob|data):/.test(request.url()) || requests.push(request.url())));
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  await page.goto(url);
  return { page, requests, complaints };
}

const choose = (page: Page, photo: string | { name: string; mimeType: string; buffer: Buffer }) => page.setInputFiles('[data-input=file]', photo);
const state = async (page: Page, name: string) => void (await page.waitForFunction((name) => document.body.dataset.state === name, name, MAKING));
const ready = async (page: Page) => void (await page.waitForFunction(() => document.querySelector('gaze-tracker')?.ready, null, MAKING));
const label = (page: Page) => page.innerText('.label');
const gazeX = (page: Page) => page.evaluate(() => document.querySelector('gaze-tracker')!.gaze.x);

/** A photo on the page is made into a live face. */
async function alive(options: BrowserContextOptions = {}, photo: Parameters<typeof choose>[1] = ASTRONAUT): Promise<Opened> {
  const opened = await open(options);
  await choose(opened.page, photo);
  await state(opened.page, 'alive');
  return opened;
}

async function download(page: Page, action: string): Promise<{ name: string; path: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download') as Promise<Download>, page.click(`.label [data-do=${action}]`)]);
  const path = join(folder.path, download.suggestedFilename());
  await download.saveAs(path);
  return { name: download.suggestedFilename(), path, bytes: readFileSync(path) };
}

/** Some of the tracker's picture, to see whether something else was drawn. */
const picture = (page: Page) => page.evaluate(async () => [...(await window.pixelsOf('gaze-tracker')).data.filter((_, i) => i % 397 === 0)].join());

/** A wide picture in which the astronaut stands so many times, made by the page. */
async function drawn(page: Page, faces: number): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const base64 = await page.evaluate(
    async ([source, faces]) => {
      const image = await createImageBitmap(await (await fetch(source)).blob());
      const canvas = new OffscreenCanvas(900, 450);
      const context = canvas.getContext('2d')!;
      // Cloth, and whoever stands before it.
      context.drawImage(image, 100, 330, 150, 75, 0, 0, 900, 450);
      for (let i = 0; i < faces; i += 1) context.drawImage(image, 60, 0, 380, 380, i * 450 + 20, 20, 410, 410);
      const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    },
    ['/astronaut.png', faces] as const,
  );
  return { name: 'drawn.png', mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') };
}

async function photoOf(faces: number) {
  browser.site.route('/astronaut.png', readFileSync(ASTRONAUT));
  browser.site.route('/empty.html', '<!doctype html>');
  const page = await browser.page();
  await page.goto(`${browser.site.url}/empty.html`);
  return drawn(page, faces);
}

describe('a photo', () => {
  test('that is dropped becomes a face that follows the mouse; nothing leaves the page', async () => {
    const { page, requests, complaints } = await open();
    await ready(page);
    const base64 = readFileSync(ASTRONAUT).toString('base64');
    const data = await page.evaluateHandle((base64) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'me.png', { type: 'image/png' }));
      return data;
    }, base64);
    await page.dispatchEvent('.hang', 'dragenter', { dataTransfer: data });
    expect(await label(page)).toContain('Let go.');
    await page.dispatchEvent('.hang', 'dragover', { dataTransfer: data, clientX: 10, clientY: 10 });
    await page.dispatchEvent('.hang', 'drop', { dataTransfer: data });
    await state(page, 'alive');
    expect(await label(page)).toMatch(/Made in your browser in \d+\.\d seconds\. The photo has not left this page\./);
    await page.mouse.move(5, 400);
    await expect.poll(() => gazeX(page)).toBeLessThan(-0.5);
    const left = await picture(page);
    await page.mouse.move(990, 400);
    await expect.poll(() => gazeX(page)).toBeGreaterThan(0.5);
    await expect.poll(() => picture(page)).not.toBe(left);
    expect(requests).toEqual([maker]);
    expect(complaints).toEqual([]);
    // Not even where somebody tried.
    const refused = await page.evaluate(() => new Promise((resolve) => {
      addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective));
      fetch('http://127.0.0.1:9/').catch(() => undefined);
    }));
    expect(refused).toBe('connect-src');
  });

  test('that hangs over the page and is taken away changes nothing', async () => {
    const { page } = await open();
    const data = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['x'], 'me.png', { type: 'image/png' }));
      return data;
    });
    await page.dispatchEvent('.hang', 'dragenter', { dataTransfer: data });
    await page.dispatchEvent('.label', 'dragenter', { dataTransfer: data });
    await page.dispatchEvent('.hang', 'dragleave', { dataTransfer: data });
    expect(await label(page)).toContain('Let go.');
    await page.dispatchEvent('.label', 'dragleave', { dataTransfer: data });
    expect(await label(page)).toContain('It looks back.');
  });

  test('that is pasted is taken as well; text is not', async () => {
    const { page } = await open();
    const paste = (base64: string | undefined) =>
      page.evaluate((base64) => {
        const clipboardData = new DataTransfer();
        if (base64) clipboardData.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'me.png', { type: 'image/png' }));
        else clipboardData.setData('text/plain', 'hello');
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
      }, base64);
    await paste(undefined);
    expect(await label(page)).toContain('It looks back.');
    await paste(readFileSync(ASTRONAUT).toString('base64'));
    await state(page, 'alive');
  });

  test.each([
    ['without a face', async () => photoOf(0), 'no-face', /No human face here\.\s+We looked for two eyes/],
    ['that is a document', async () => ({ name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') }), 'unreadable', /This does not open\.\s+This is a PDF document: use a JPEG or PNG picture instead\./],
    ['that is damaged', async () => ({ name: 'a.png', mimeType: 'image/png', buffer: readFileSync(ASTRONAUT).subarray(0, 900) }), 'unreadable', /This does not open\.\s+The picture is damaged/],
  ])('%s is told in a sentence, and the next one lives', async (_, photo, where, words) => {
    const { page } = await open();
    await choose(page, await photo());
    await state(page, where);
    expect(await label(page)).toMatch(words);
    await choose(page, ASTRONAUT);
    await state(page, 'alive');
  });

  test('of a cat lives once both of its eyes are shown, by pointer and by keyboard', async () => {
    const { page } = await open();
    await choose(page, CAT);
    await state(page, 'no-face');
    await page.click('[data-do=mark-eyes]');
    await state(page, 'eyes');
    const field = page.locator('.eyes');
    const { width, height } = (await field.boundingBox())!;
    const click = (x: number, y: number) => field.click({ position: { x: (x / 451) * width, y: (y / 300) * height } });
    await click(172, 115);
    expect(await label(page)).toContain('Now the other one.');
    await click(318, 135);
    await state(page, 'alive');
    expect(await label(page)).not.toContain('human');

    await choose(page, CAT);
    await state(page, 'no-face');
    await page.click('[data-do=mark-eyes]');
    await page.locator('.eyes .aim').focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Enter');
    expect(await label(page)).toContain('Now the other one.');
    for (const key of ['Shift+ArrowRight', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    await state(page, 'alive');
  });

  test('with two faces asks which one, and takes the one that is clicked on', async () => {
    const photo = await photoOf(2);
    const { page } = await open();
    await choose(page, photo);
    await state(page, 'faces');
    expect(await label(page)).toContain('There are two faces here.');
    const boxes = await page.locator('.pick label').evaluateAll((labels) => labels.map((label) => label.getBoundingClientRect().x));
    expect(boxes[0]).toBeLessThan(boxes[1]!);
    for (const other of [1, 0]) {
      await page.locator('.pick label').nth(other).click();
      await state(page, 'alive');
      expect(await label(page)).toContain('There are two faces in the photo.');
      await page.click('[data-do=pick]');
      await state(page, 'faces');
      expect(await page.locator('.pick input').nth(other).isChecked()).toBe(true);
    }
    // By keyboard: arrows choose, the button takes.
    await page.locator('.pick input').nth(0).focus();
    await page.keyboard.press('ArrowRight');
    await state(page, 'faces');
    await page.click('[data-do=take-face]');
    await state(page, 'alive');
  });
});

describe('the portrait', () => {
  test('is made anew by other wishes, in place', async () => {
    const { page } = await alive({}, await photoOf(1));
    const shape = () => page.evaluate(() => document.querySelector<HTMLElement>('.picture')!.getBoundingClientRect().width / document.querySelector<HTMLElement>('.picture')!.getBoundingClientRect().height);
    expect(await shape()).toBeCloseTo(2, 1);
    const news = () => page.innerText('[role=status]');
    await page.check('[name=crop][value=head]');
    await expect.poll(news, MAKING).toContain('Made anew');
    expect(await shape()).toBeLessThan(1.4);
    await page.check('[name=background][value=removed]');
    await expect.poll(() => page.evaluate(async () => (await window.pixelsOf('gaze-tracker')).data[3]), MAKING).toBe(0);
    expect(await page.evaluate(() => document.body.dataset.state)).toBe('alive');
    await page.check('[name=eyes][value=soft]');
    await expect.poll(() => page.evaluate(() => document.querySelector('.picture')!.hasAttribute('data-p')), MAKING).toBe(false);
    // The choice keeps the focus.
    expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe('soft');
  });

  test('is saved as portrait.gaze and as a page that lives from a disk', async () => {
    const { page } = await alive();
    // It is said for a moment only.
    const [portrait] = await Promise.all([download(page, 'save'), page.waitForFunction(() => document.querySelector<HTMLElement>('.label')!.innerText.includes('Saved'))]);
    expect(portrait.name).toBe('portrait.gaze');
    expect(portrait.bytes.length).toBeGreaterThan(10_000);
    expect(portrait.bytes.length).toBeLessThan(100_000);
    const saved = await download(page, 'save-page');
    expect(saved.name).toBe('portrait.html');
    expect(saved.bytes.includes(portrait.bytes.toString('base64'))).toBe(true);
    const { page: own, requests, complaints } = await open({}, undefined, pathToFileURL(saved.path).href);
    await ready(own);
    await own.mouse.move(5, 400);
    await expect.poll(() => gazeX(own)).toBeLessThan(-0.5);
    expect(requests).toEqual([pathToFileURL(saved.path).href]);
    expect(complaints).toEqual([]);
  });

  test('goes into a page of one\'s own by a snippet', async () => {
    const { page } = await alive({ permissions: ['clipboard-read', 'clipboard-write'] });
    await page.click('[data-do=embed]');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    const player = await download(page, 'save-player');
    expect(player.bytes.equals(readFileSync(join(DIST, 'gaze-tracker.js')))).toBe(true);
    await download(page, 'save');
    await page.check('[name=shape][value=round]');
    await Promise.all([page.waitForFunction(() => document.querySelector<HTMLElement>('.label')!.innerText.includes('Copied')), page.click('[data-do=copy]')]);
    const code = await page.evaluate(() => navigator.clipboard.readText());
    expect(code).toContain('border-radius: 50%');
    for (const name of ['gaze-tracker.js', 'portrait.gaze']) browser.site.route(`/mine/${name}`, readFileSync(join(folder.path, name)));
    browser.site.route('/mine/index.html', `<!doctype html>${code}`);
    const mine = await browser.page();
    await mine.goto(`${browser.site.url}/mine/index.html`);
    await ready(mine);
    // Escape leads back to where one came from.
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.do)).toBe('embed');
  });

  test('leaves room for the next: "New" brings the demo back', async () => {
    const { page } = await alive();
    await page.click('[data-do=restart]');
    await state(page, 'empty');
    await ready(page);
    expect(await page.getAttribute('gaze-tracker', 'label')).toContain('orange space suit');
  });
});

describe('where something is missing', () => {
  test.each([
    ['WebAssembly', () => void Reflect.deleteProperty(window, 'WebAssembly'), 'switched off'],
    ['SIMD', () => void (WebAssembly.validate = () => false), 'too old'],
  ])('%s: the page says so', async (_, before, words) => {
    const { page } = await open({}, before);
    await state(page, 'unable');
    expect(await label(page)).toContain(words);
  });

  test('the models: the page says how to get them', async () => {
    const { page } = await open({}, undefined, folder.write(false));
    await state(page, 'unable');
    expect(await label(page)).toContain('gaze maker');
  });

  test('the memory: it says so, and the next photo may do', async () => {
    const { page } = await open({}, () => {
      // The page does the work, and its module stops at the first face.
      Reflect.deleteProperty(window, 'Worker');
      let isFirst = true;
      const { instantiate } = WebAssembly;
      (WebAssembly as { instantiate: unknown }).instantiate = async (...args: Parameters<typeof instantiate>) => {
        const made = (await instantiate(...args)) as unknown as WebAssembly.WebAssemblyInstantiatedSource;
        const { exports } = made.instance;
        if (!('generator_buildRig' in exports) || !isFirst) return made;
        isFirst = false;
        const stop = () => { throw new WebAssembly.RuntimeError('unreachable'); };
        return { module: made.module, instance: { exports: { ...exports, generator_buildRig: stop } } };
      };
    });
    await choose(page, ASTRONAUT);
    await state(page, 'failed');
    expect(await label(page)).toContain('memory');
    await choose(page, ASTRONAUT);
    await state(page, 'alive');
  });

  test('a worker: the page works by itself', async () => {
    const { page } = await open({}, () => void Reflect.deleteProperty(window, 'Worker'));
    await choose(page, ASTRONAUT);
    await state(page, 'alive');
  });
});

describe('for everyone', () => {
  test('all controls are reached by keyboard, in order, and have names', async () => {
    const { page } = await alive();
    const names: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      await page.keyboard.press('Tab');
      names.push(await page.evaluate(() => {
        const active = document.activeElement as HTMLElement;
        return active.getAttribute('label') ?? (active.closest('label') ?? active).textContent.trim().replace(/\s+/g, ' ');
      }));
    }
    const order = ['Full screen', 'New', 'Your portrait', 'Save portrait.gaze', 'Save a page', 'Embed', 'All of it', 'Stays', 'Auto'];
    const places = order.map((name) => names.findIndex((found) => found.startsWith(name)));
    expect(places, names.join(' | ')).not.toContain(-1);
    // A circle: the first focus went to the caption's title.
    const first = places.indexOf(Math.min(...places));
    const turned = [...places.slice(first), ...places.slice(0, first)];
    expect(turned).toEqual([...turned].sort((a, b) => a - b));
  });

  test('under reduced motion nothing fades', async () => {
    const { page } = await alive({ reducedMotion: 'reduce' });
    const animations = await page.evaluate(() => document.getAnimations().filter(({ effect }) => Number(effect?.getComputedTiming().duration) > 1).length);
    expect(animations).toBe(0);
  });

  test('nothing sticks out of a phone\'s screen', async () => {
    const { page } = await alive({ viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
    const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(await tooWide()).toBe(false);
    await page.click('[data-do=embed]');
    expect(await tooWide()).toBe(false);
  });
});
