// A rig: one small file, drawn in any pose, compared with frames that were drawn natively.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { gazeOf, picture, recorded, TestBrowser, waitForEvent, type PageOptions } from './browser.js';
import { difference, expectedFrames, type ExpectedFrame } from './pictures.js';
import { sectionOf } from './rig-file.js';
import { fixture } from './site.js';

const browser = new TestBrowser();

/** Rounding of one decoder and another, and of wasm and native arithmetic. */
const MEAN = 0.5;
const WORST = 2;

async function look(page: Page, { x, y }: { x: number; y: number }): Promise<void> {
  await page.evaluate(([x, y]) => document.querySelector('gaze-tracker')!.lookAt(x, y), [x, y] as const);
}

/** Waits until the picture is this frame. */
async function expectFrame(page: Page, frame: ExpectedFrame, selector = 'gaze-tracker'): Promise<void> {
  let off = { mean: Infinity, worst: Infinity };
  await expect.poll(async () => {
    off = difference(await picture(page, selector), frame);
    return off.mean <= MEAN && off.worst <= WORST;
  }, { message: `looks at ${frame.x}, ${frame.y}` }).toBe(true).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(off)}`);
  });
}

async function face(folder: string, style = '', options: PageOptions = {}, attributes = 'smoothing="1"'): Promise<Page> {
  const page = await browser.open(`<gaze-tracker hide-controls ${attributes} style="${style}" src="/fixtures/${folder}"></gaze-tracker>`, options);
  await waitForEvent(page, 'ready');
  return page;
}

describe.each(['rig', 'rig-clear', 'astronaut'])('%s', (folder) => {
  const frames = expectedFrames(folder);
  const full = frames[0]!;

  test('is drawn as it is natively', async () => {
    const page = await face(`${folder}/portrait.gaze`, `width:${full.width}px`);
    expect((await recorded(page, 'ready'))[0]).toMatchObject({ source: 'rig', grid: 30, width: full.width, height: full.height });
    // At rest: what is looked at first is the first frame.
    await expectFrame(page, full);
    for (const frame of frames.filter(({ width }) => width === full.width)) {
      await look(page, frame);
      await expectFrame(page, frame);
    }
    expect(await recorded(page, 'error')).toEqual([]);
  });
});

describe('the size', () => {
  const [full, half] = [128, 64].map((width) => expectedFrames('rig').filter((frame) => frame.width === width));

  test.each([[64, 1], [32, 2], [300, 1]])('%d CSS pixels at %d device pixels each', async (width, deviceScaleFactor) => {
    const page = await face('rig/portrait.gaze', `width:${width}px`, { deviceScaleFactor });
    // No more pixels than are seen, and than there are.
    for (const frame of width < 128 ? half! : full!) {
      await look(page, frame);
      await expectFrame(page, frame);
    }
  });

  test('follows the element, without a step of the gaze', async () => {
    const page = await face('rig/portrait.gaze', 'width:64px');
    await look(page, half![3]!);
    await expectFrame(page, half![3]!);
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.style.width = '128px'));
    await expectFrame(page, full![3]!);
    // A little smaller: as it is.
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.style.width = '110px'));
    await page.waitForTimeout(500);
    await expectFrame(page, full![3]!);
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.style.width = '64px'));
    await expectFrame(page, half![3]!);
  });

  test('is that of the whole picture where it covers its element', async () => {
    // 64 x 160 px of 128 x 160.
    const page = await face('rig/portrait.gaze', 'width:64px;height:160px;--gaze-fit:cover');
    await look(page, full![1]!);
    await expectFrame(page, full![1]!);
  });

  test('of a hidden element is followed once it is shown', async () => {
    const page = await face('rig/portrait.gaze', 'width:128px', {}, 'hidden loading="eager" smoothing="1"');
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.hidden = false));
    await expectFrame(page, full![0]!);
  });
});

describe('requests', () => {
  const asked = (from: number) => browser.site.asked.slice(from).filter((path) => /fixtures|case|live_rig/.test(path));

  test('the file alone: one, and one for what draws it, with SIMD', async () => {
    const from = browser.site.asked.length;
    await face('rig/portrait.gaze');
    expect(asked(from).sort()).toEqual(['/fixtures/rig/portrait.gaze', '/player/live_rig_simd_bg.wasm']);
  });

  test('a folder: the rig first, and nothing else of it', async () => {
    const from = browser.site.asked.length;
    const page = await face('both/');
    expect((await recorded(page, 'ready'))[0]).toMatchObject({ source: 'rig', width: 64, height: 80 });
    expect(asked(from).filter((path) => !/input\.jpg/.test(path)).sort()).toEqual(['/fixtures/both/portrait.gaze', '/player/live_rig_simd_bg.wasm']);
  });

  test('frames alone: nothing that draws rigs', async () => {
    const from = browser.site.asked.length;
    await face('six/frames.gaze');
    expect(asked(from).filter((path) => !/input\.jpg/.test(path))).toEqual(['/fixtures/six/frames.gaze']);
  });

  test('a pack with a rig: the rig is drawn, and the rest is not waited for', async () => {
    const pack = fixture('both/frames.gaze');
    const { end } = sectionOf(pack, 'RIGD');
    let isClosed = false;
    browser.site.route('/case-pack/frames.gaze', (response) => {
      response.setHeader('content-length', pack.length);
      response.on('close', () => (isClosed = true));
      response.write(pack.slice(0, end));
    });
    const page = await browser.open('<gaze-tracker src="/case-pack/frames.gaze"></gaze-tracker>');
    expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'rig' });
    await expect.poll(() => isClosed).toBe(true);
    expect((await recorded(page, 'progress')).at(-1)).toMatchObject({ loaded: end, total: end, frames: 1, totalFrames: 1 });
    expect(await recorded(page, 'error')).toEqual([]);
  });

  test('ten faces of several sizes share one download', async () => {
    const from = browser.site.asked.length;
    const faces = Array.from({ length: 10 }, (_, i) => `<gaze-tracker id="f${i}" smoothing="1" style="width:${i % 2 ? 128 : 64}px" src="/fixtures/rig/portrait.gaze"></gaze-tracker>`);
    const page = await browser.open(faces.join(''));
    for (let i = 0; i < 10; i++) await waitForEvent(page, 'ready', { on: `f${i}` });
    expect(asked(from).sort()).toEqual(['/fixtures/rig/portrait.gaze', '/player/live_rig_simd_bg.wasm']);
    const frames = expectedFrames('rig');
    await page.evaluate(() => document.querySelectorAll('gaze-tracker').forEach((each) => each.lookAt(1, 0)));
    for (let i = 0; i < 10; i++) {
      const width = i % 2 ? 128 : 64;
      await expectFrame(page, frames.find((frame) => frame.width === width && frame.x === 1)!, `#f${i}`);
    }
  });

  test('it is drawn as soon as it is there, whole', async () => {
    const bytes = fixture('rig/portrait.gaze');
    let finish: (() => void) | undefined;
    browser.site.route('/case-slow/portrait.gaze', (response) => {
      response.setHeader('content-length', bytes.length);
      response.write(bytes.slice(0, -1));
      finish = () => response.end(bytes.slice(-1));
    });
    const page = await browser.open('<gaze-tracker src="/case-slow/portrait.gaze"></gaze-tracker>');
    await waitForEvent(page, 'progress', { loaded: bytes.length - 1, total: bytes.length, frames: 0, totalFrames: 1 });
    expect(await recorded(page, 'ready')).toEqual([]);
    finish!();
    await waitForEvent(page, 'ready');
  });
});

describe('the gaze', () => {
  test('is continuous: it moves smoothly, is told as it moves, and comes to rest where it was sent', async () => {
    // So slow that a busy machine draws it often enough as well.
    const page = await face('rig/portrait.gaze', 'width:128px', {}, 'smoothing="0.03"');
    await look(page, { x: 0.4321, y: -0.25 });
    await waitForEvent(page, 'gazechange', { x: 0.4321, y: -0.25, row: 11, col: 21 });
    const places = (await recorded(page, 'gazechange')).map(({ x }) => x as number);
    expect(places.length).toBeGreaterThan(10);
    // Between the cells of the grid too.
    const cells = places.map((x) => ((x + 1) / 2) * 29);
    expect(cells.filter((cell) => Math.abs(cell - Math.round(cell)) > 0.1).length).toBeGreaterThan(5);
    for (let i = 1; i < places.length; i++) expect(places[i]!).toBeGreaterThanOrEqual(places[i - 1]!);
    expect(await gazeOf(page)).toEqual({ x: 0.4321, y: -0.25 });
  });

  test('under reduced motion it cuts', async () => {
    const page = await face('rig/portrait.gaze', 'width:128px', { reducedMotion: 'reduce' }, 'smoothing="0.02"');
    await page.mouse.move(999, 799);
    await waitForEvent(page, 'gazechange', { x: 1, y: 1 });
    expect(await recorded(page, 'gazechange')).toHaveLength(1);
  });

  test('keys move it, and idle motion by itself', async () => {
    const page = await face('rig/portrait.gaze', 'width:128px');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await waitForEvent(page, 'gazechange', { x: 0.2, y: 0 });
    await page.keyboard.press('Home');
    await waitForEvent(page, 'gazechange', { x: 0, y: 0 });
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.idle = true));
    await expect.poll(async () => Math.hypot(...Object.values(await gazeOf(page)))).toBeGreaterThan(0.05);
  });
});

test('a file that the page has is drawn, and from file:// as well', async () => {
  const page = await browser.open('<gaze-tracker smoothing="1" style="width:128px"></gaze-tracker>');
  await page.evaluate((bytes) => (document.querySelector('gaze-tracker')!.src = { blob: new Blob([Uint8Array.from(bytes)]) }), [...fixture('rig/portrait.gaze')]);
  expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'rig' });
  const frame = expectedFrames('rig')[4]!;
  await look(page, frame);
  await expectFrame(page, frame);
});

test.each([
  ['without a worker', () => void Reflect.deleteProperty(window, 'Worker')],
  ['without an OffscreenCanvas', () => {
    Reflect.deleteProperty(window, 'OffscreenCanvas');
    Reflect.deleteProperty(HTMLCanvasElement.prototype, 'transferControlToOffscreen');
  }],
])('%s the page draws by itself', async (_, before) => {
  const page = await browser.open('<gaze-tracker smoothing="1" style="width:128px" src="/fixtures/rig/"></gaze-tracker>', { before });
  await waitForEvent(page, 'ready');
  const frame = expectedFrames('rig')[2]!;
  await look(page, frame);
  // The page's own reader of pixels needs what was taken away.
  await expect.poll(async () => {
    const pixels = await page.evaluate(() => {
      const canvas = document.querySelector('gaze-tracker')!.shadowRoot!.querySelector('canvas')!;
      return [...canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data];
    });
    return difference(pixels, frame).mean;
  }).toBeLessThanOrEqual(MEAN);
});
