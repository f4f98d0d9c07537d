// The studio's page, in the visitor's browser alone: a photo comes in, a face looks round, files go out, all is remembered.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Download, Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { ASTRONAUT } from './maker-page.js';
import { drawnPhoto } from './studio-photos.js';
import { act, choose, focused, label, news, place, ready, remembered, state, StudioLab, title, MAKING } from './studio-page.js';

const lab = new StudioLab();
const folder = mkdtempSync(join(tmpdir(), 'gaze-studio-'));
afterAll(() => rmSync(folder, { recursive: true }));

const gazeX = (page: Page) => page.evaluate(() => document.querySelector<GazeTracker>('.picture gaze-tracker')!.gaze.x);
type GazeTracker = HTMLElementTagNameMap['gaze-tracker'];

async function download(page: Page, kind: string): Promise<{ name: string; path: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download') as Promise<Download>, page.click(`.label [data-kind=${kind}]`)]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return { name: download.suggestedFilename(), path, bytes: readFileSync(path) };
}

async function drop(page: Page, names: string[], file = ASTRONAUT): Promise<void> {
  const base64 = readFileSync(file).toString('base64');
  const data = await page.evaluateHandle(([base64, names]) => {
    const data = new DataTransfer();
    for (const name of names) data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type: 'image/png' }));
    return data;
  }, [base64, names] as const);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: data });
  await page.dispatchEvent('body', 'dragover', { dataTransfer: data, clientX: 10, clientY: 10 });
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
}

describe('a photo', () => {
  test('that is dropped lives at once, looks at the pointer, and has gone nowhere', async () => {
    const page = await lab.open();
    await ready(page);
    await drop(page, ['me.png']);
    await state(page, 'alive');
    expect(await title(page)).toBe('There you are.');
    expect(await label(page)).toMatch(/Made in your browser in \d+\.\d seconds\. The photo has not left this page\./);
    await page.mouse.move(5, 400);
    await expect.poll(() => gazeX(page)).toBeLessThan(-0.5);
    await page.mouse.move(1270, 400);
    await expect.poll(() => gazeX(page)).toBeGreaterThan(0.5);
    expect(lab.server.asked.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(lab.server.calls).toEqual([]);
    expect(await page.title()).toBe('There you are · gaze');
  });

  test('that hangs over the page shows it, and is taken away again', async () => {
    const page = await lab.open();
    const data = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['x'], 'me.png', { type: 'image/png' }));
      return data;
    });
    await page.dispatchEvent('body', 'dragenter', { dataTransfer: data });
    expect(await title(page)).toBe('Let go.');
    await page.dispatchEvent('body', 'dragleave', { dataTransfer: data });
    expect(await title(page)).toContain('It looks back.');
  });

  test('that is pasted is taken as well', async () => {
    const page = await lab.open();
    await page.evaluate((base64) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'me.png', { type: 'image/png' }));
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }, readFileSync(ASTRONAUT).toString('base64'));
    await state(page, 'alive');
  });

  test.each([
    ['that is a document', { name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') }, 'This file does not open.', /This is a PDF document/],
    ['that is damaged', { name: 'a.png', mimeType: 'image/png', buffer: readFileSync(ASTRONAUT).subarray(0, 900) }, 'This file does not open.', /The picture is damaged.*JPEG/s],
    ['that is empty', { name: 'a.png', mimeType: 'image/png', buffer: Buffer.alloc(0) }, 'This file does not open.', /The file is empty/],
  ])('%s is told in a sentence, and the next one lives', async (_, photo, named, words) => {
    const page = await lab.open();
    await choose(page, photo);
    await state(page, 'unreadable');
    expect(await title(page)).toBe(named);
    expect(await label(page)).toMatch(words);
    expect(await news(page)).toBe('This file cannot be opened.');
    await choose(page, ASTRONAUT);
    await state(page, 'alive');
  });

  test('that is too large is not even read', async () => {
    const page = await lab.open();
    await page.evaluate(() => {
      const data = new DataTransfer();
      const file = new File(['x'], 'large.jpg', { type: 'image/jpeg' });
      Object.defineProperty(file, 'size', { value: 129 << 20 });
      data.items.add(file);
      const event = new DragEvent('drop', { bubbles: true });
      Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], files: [file] } });
      document.body.dispatchEvent(event);
    });
    await state(page, 'unreadable');
    expect(await title(page)).toBe('This file is too large.');
    expect(await label(page)).toContain('128 MB at most.');
  });

  test('without a face: one can point at it, and go back to the face that works', async () => {
    const page = await lab.alive();
    const before = page.url();
    await choose(page, await drawnPhoto(lab, 0));
    await state(page, 'no-face');
    expect(await label(page)).toContain('We looked for two eyes, a nose and a mouth.');
    await act(page, 'point');
    await state(page, 'point');
    expect(await focused(page)).toBe('H1');
    const left = () => page.evaluate(() => document.querySelector('.crop')!.getBoundingClientRect().x);
    const first = await left();
    await page.focus('[name=across]');
    await page.keyboard.press('End');
    expect(await left()).toBeGreaterThan(first + 20);
    await act(page, 'take-crop');
    await state(page, 'no-face');
    await page.keyboard.press('Escape');
    await state(page, 'alive');
    expect(page.url()).toBe(before);
    await ready(page);
  });

  test('with two faces asks which one, and takes the one that is clicked on', async () => {
    const page = await lab.open();
    await choose(page, await drawnPhoto(lab, 2));
    await state(page, 'faces');
    expect(await label(page)).toContain('There are two faces here.');
    await page.locator('.pick label').nth(1).click();
    await state(page, 'alive');
    expect(await label(page)).toContain('There are two faces in the photo.');
    await act(page, 'pick');
    await state(page, 'faces');
    expect(await page.locator('.pick input').nth(1).isChecked()).toBe(true);
    // By keyboard: arrows choose, the button takes.
    await page.locator('.pick input').nth(1).focus();
    await page.keyboard.press('ArrowLeft');
    await act(page, 'take-face');
    await state(page, 'alive');
    expect((await remembered(page)).length).toBe(1);
  });

  test('with a small face offers to come closer: the crop is as it was chosen', async () => {
    const page = await lab.open();
    await choose(page, await drawnPhoto(lab, 1, 0.3));
    await state(page, 'crop');
    const box = () => page.evaluate(() => document.querySelector('.crop')!.getBoundingClientRect().width);
    const first = await box();
    await page.focus('[name=reach]');
    for (let i = 0; i < 8; i += 1) await page.keyboard.press('ArrowRight');
    expect(await box()).toBeGreaterThan(first);
    await act(page, 'take-crop');
    await state(page, 'alive');
    const shape = await page.evaluate(() => Number(document.querySelector<HTMLElement>('.picture')!.style.getPropertyValue('--r')));
    expect(shape).toBeCloseTo(0.8, 1);
    expect(await label(page)).not.toContain('The face is small here');
  });

  test('with a small face may stay whole', async () => {
    const page = await lab.open();
    await choose(page, await drawnPhoto(lab, 1, 0.3));
    await state(page, 'crop');
    await act(page, 'keep-whole');
    await state(page, 'alive');
    expect(await page.evaluate(() => Number(document.querySelector<HTMLElement>('.picture')!.style.getPropertyValue('--r')))).toBeCloseTo(2, 1);
    expect(await label(page)).toContain('The face is small here');
    await act(page, 'closer');
    await state(page, 'crop');
  });

  test('where the face models are missing, it says so, and can be tried again', async () => {
    const page = await lab.open();
    lab.server.refusals.set('GET assets/models/', { status: 500 });
    await choose(page, ASTRONAUT);
    await state(page, 'failed');
    expect(await label(page)).toContain('the server answered 500');
    lab.server.refusals.clear();
    await act(page, 'again');
    await state(page, 'alive');
  });

  test.each([
    ['WebAssembly', () => void Reflect.deleteProperty(window, 'WebAssembly'), 'switched off'],
    ['SIMD', () => void (WebAssembly.validate = () => false), 'too old'],
  ])('without %s the page says so', async (_, before, words) => {
    const page = await lab.open('', {}, before);
    await state(page, 'unable');
    expect(await label(page)).toContain(words);
  });
});

test('where the player does not arrive, the page says so', async () => {
  lab.server.refusals.set('GET gaze-tracker.js', { status: 500 });
  const page = await lab.open();
  await state(page, 'unable');
  expect(await label(page)).toContain('Open it once more');
  await page.mouse.move(5, 400);
});

describe('several photos', () => {
  test('go to Yours, one after another; what cannot be used is named', async () => {
    const page = await lab.open();
    const empty = await drawnPhoto(lab, 0);
    await choose(page, { name: 'a.png', mimeType: 'image/png', buffer: readFileSync(ASTRONAUT) }, { ...empty, name: 'cloth.png' }, { name: 'b.png', mimeType: 'image/png', buffer: readFileSync(ASTRONAUT) });
    await state(page, 'history');
    expect(place(page, lab.server)).toBe('#yours');
    await expect.poll(() => page.innerText('[data-yours=news]'), MAKING).toBe('Two of three are alive. Left out: cloth.png (no face).');
    expect(await page.locator('.prints li').count()).toBe(2);
    await page.waitForFunction(() => [...document.querySelectorAll<GazeTracker>('.prints gaze-tracker')].every(({ ready }) => ready), null, MAKING);
    expect(lab.server.calls).toEqual([]);
  });
});

describe('the portrait', () => {
  test('is made anew without its background, in place, and with it again', async () => {
    const page = await lab.alive();
    const corner = () => page.evaluate(async () => {
      const canvas = document.querySelector('.picture gaze-tracker')!.shadowRoot!.querySelector('canvas')!;
      const bitmap = await createImageBitmap(canvas);
      const context = new OffscreenCanvas(1, 1).getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      return context.getImageData(0, 0, 1, 1).data[3];
    });
    expect(await page.innerText('[data-do=ground]')).toContain('stays');
    await act(page, 'ground');
    await state(page, 'cutout');
    expect(await page.innerText('[data-do=ground]')).toContain('is gone');
    await expect.poll(corner, MAKING).toBe(0);
    expect(await news(page)).toMatch(/^Made anew in/);
    // The word keeps the focus.
    expect(await focused(page)).toBe('ground');
    await act(page, 'ground');
    await state(page, 'alive');
    await expect.poll(corner, MAKING).toBe(255);
    expect((await remembered(page)).length).toBe(1);
  });

  test('waits at rest where that is wished for, and still does when it comes back', async () => {
    const page = await lab.alive();
    const idle = () => page.evaluate(() => document.querySelector<GazeTracker>('.picture gaze-tracker')!.idle);
    expect(await idle()).toBe(true);
    await act(page, 'idle');
    expect(await page.innerText('[data-do=idle]')).toContain('waits');
    expect(await idle()).toBe(false);
    await page.reload();
    await ready(page);
    expect(await idle()).toBe(false);
  });

  test('is taken along: a page, a zip and the tiny one, with their true sizes', async () => {
    const page = await lab.alive();
    await act(page, 'download');
    await expect.poll(() => page.innerText('[data-fill=rig-size]'), MAKING).toMatch(/^\d+ KB$/);
    const size = async (kind: string) => Number.parseInt(await page.innerText(`[data-fill=${kind}-size]`), 10);
    const sizes = { page: await size('page'), zip: await size('zip'), rig: await size('rig') };
    const rig = await download(page, 'rig');
    expect(rig.name).toBe('portrait.gaze');
    const saved = await download(page, 'page');
    expect(saved.bytes.includes(rig.bytes.toString('base64'))).toBe(true);
    expect(saved.bytes.toString()).toMatch(/<gaze-tracker[^>]* idle blink>/);
    const zip = await download(page, 'zip');
    expect({ page: saved.bytes.length, zip: zip.bytes.length, rig: rig.bytes.length }).toEqual({
      page: expect.closeTo(sizes.page * 1000, -3), zip: expect.closeTo(sizes.zip * 1000, -3), rig: expect.closeTo(sizes.rig * 1000, -3),
    });
    execFileSync('python3', ['-c', 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])', zip.path, join(folder, 'zip')]);
    expect(readFileSync(join(folder, 'zip', 'portrait.gaze')).equals(rig.bytes)).toBe(true);
    expect(readFileSync(join(folder, 'zip', 'index.html'), 'utf8')).toContain('src="portrait.gaze"');
    expect(readFileSync(join(folder, 'zip', 'gaze-tracker.js')).length).toBeGreaterThan(100_000);
    expect(readFileSync(join(folder, 'zip', 'README.txt'), 'utf8')).toContain('index.html');
    // It lives from a disk.
    const own = await (await lab.context()).newPage();
    await own.goto(pathToFileURL(saved.path).href);
    await own.waitForFunction(() => document.querySelector<GazeTracker>('gaze-tracker')?.ready, null, MAKING);
    expect(lab.server.calls).toEqual([]);
  });

  test('has to be shared before it can be embedded, and says how it need not', async () => {
    const page = await lab.alive();
    await act(page, 'embed');
    expect(await label(page)).toContain('take the zip');
    expect(await page.locator('.label .code').count()).toBe(0);
    await act(page, 'download');
    await state(page, 'download');
  });

  test('is deleted from this browser, which is all there is', async () => {
    const page = await lab.alive();
    await act(page, 'delete');
    expect(await label(page)).toContain('It is in this browser alone.');
    // Before that it looks at you.
    await page.mouse.move(5, 400);
    await expect.poll(() => gazeX(page)).toBeCloseTo(0, 1);
    await act(page, 'back');
    await state(page, 'alive');
    expect(await focused(page)).toBe('delete');
    await act(page, 'delete');
    await act(page, 'delete-it');
    await state(page, 'empty');
    expect(await news(page)).toBe('Deleted.');
    expect(await remembered(page)).toEqual([]);
    expect(place(page, lab.server)).toBe('');
    expect(lab.server.calls).toEqual([]);
  });
});

describe('what the browser remembers', () => {
  test('comes back after the page is opened anew, and from Yours', async () => {
    const context = await lab.context();
    const page = await lab.alive(context);
    const [entry] = await remembered(page);
    expect(String(entry!.rig).length).toBeGreaterThan(10_000);
    await page.reload();
    await state(page, 'alive');
    await ready(page);
    expect(await label(page)).toContain('which alone remembers it');
    const other = await lab.open('', context);
    expect(await other.innerText('.corners [data-do=yours]')).toMatch(/Yours.*1/s);
    await other.click('.corners [data-do=yours]');
    await state(other, 'history');
    expect(await other.evaluate(() => document.activeElement?.id)).toBe('yours-title');
    expect(await other.innerText('.about span')).toMatch(/^Today, \d\d:\d\d$/);
    await other.click('.print');
    await state(other, 'alive');
    await ready(other);
    await other.goBack();
    await state(other, 'history');
    // Where one came from.
    expect(await other.evaluate(() => (document.activeElement as HTMLElement).className)).toContain('print');
    await other.click('.about button');
    await state(other, 'delete');
    await act(other, 'delete-it');
    await state(other, 'history');
    expect(await other.innerText('.yours')).toContain('Nothing here yet.');
    // The first page hears of it.
    await expect.poll(() => page.isVisible('.corners [data-do=yours]')).toBe(true);
  });

  test('is the last twenty', async () => {
    const page = await lab.alive();
    await page.evaluate(() => {
      const [key, value] = Object.entries(localStorage).find(([key]) => key.startsWith('gaze-studio'))!;
      const [entry] = JSON.parse(value);
      localStorage.setItem(key, JSON.stringify(Array.from({ length: 20 }, (_, i) => ({ ...entry, key: `old-${i}`, day: entry.day - i * 86_400_000 }))));
    });
    await choose(page, ASTRONAUT);
    await expect.poll(async () => (await remembered(page))[0]!.key, MAKING).toMatch(/^local-/);
    const keys = (await remembered(page)).map(({ key }) => key);
    expect(keys).toHaveLength(20);
    expect(keys).not.toContain('old-19');
  });

  test.each([
    ['refuses', () => void (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); })],
    ['is not there', () => void Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })],
  ])('is kept for as long as the page is open where storage %s', async (_, before) => {
    const page = await lab.open('', {}, before);
    await choose(page, ASTRONAUT);
    await state(page, 'alive');
    await page.click('.corners [data-do=yours]');
    await state(page, 'history');
    expect(await page.locator('.prints li').count()).toBe(1);
  });
});
