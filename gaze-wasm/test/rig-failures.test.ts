// Whatever is wrong with a rig or what draws it: an error event with a sentence, the placeholder, the worker alive for the
// next element; and frames where there are such.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectCell, picture, recorded, showCell, TestBrowser, waitForEvent, type PageOptions } from './browser.js';
import { difference, expectedFrames } from './pictures.js';
import { changedRig, partOf, rigOf, withFixedMemory } from './rig-file.js';
import { DIST, fixture } from './site.js';

const browser = new TestBrowser();
const rig = () => fixture('rig/portrait.gaze');
const PLACEHOLDER = '<b style="display:block;height:80px">placeholder</b>';
let served = 0;

/** An address at which these bytes are. */
function serve(bytes: Uint8Array, name = 'portrait.gaze'): string {
  const path = `/rig-case-${served++}/${name}`;
  browser.site.route(path, bytes);
  return path;
}

const open = (src: string, options: PageOptions = {}) => browser.open(`<gaze-tracker smoothing="1" style="width:128px" src="${src}">${PLACEHOLDER}</gaze-tracker>`, options);

/** Waits for the error, sees that the placeholder stays, and plays another face in the same element. */
async function expectFailure(page: Page, code: string, message: RegExp): Promise<void> {
  const error = await waitForEvent(page, 'error');
  expect(error).toMatchObject({ code, fatal: true });
  expect(error.message).toMatch(message);
  expect(await recorded(page, 'error')).toHaveLength(1);
  expect(await recorded(page, 'ready')).toEqual([]);
  expect(await page.locator('b').isVisible()).toBe(true);
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.src = '/fixtures/six/frames.gaze'));
  await waitForEvent(page, 'ready');
  await showCell(page, 6, 1, 4);
}

/** Sees that the rig is drawn, in any pose. */
async function expectDrawn(page: Page): Promise<void> {
  await waitForEvent(page, 'ready', { source: 'rig' });
  const frame = expectedFrames('rig')[3]!;
  await page.evaluate(([x, y]) => document.querySelector('gaze-tracker')!.lookAt(x, y), [frame.x, frame.y] as const);
  await expect.poll(async () => difference(await picture(page), frame).mean).toBeLessThan(0.5);
}

describe('a rig', () => {
  const cases: Record<string, [() => Uint8Array, string, RegExp]> = {
    'cut within the header': [() => rig().slice(0, 60), 'network', /portrait\.gaze ended too early/],
    'cut within its numbers': [() => rig().slice(0, -10), 'network', /ended too early, after \d+ of \d+ bytes/],
    'of no bytes': [() => new Uint8Array(), 'format', /an empty file instead of portrait\.gaze/],
    'that is a web page': [() => new TextEncoder().encode('<!doctype html><title>not found</title>'), 'format', /the server sent a web page instead of portrait\.gaze: check src/],
    'with other bytes than were written': [() => Uint8Array.from(rig()).fill(1, 3000), 'format', /not what was written/],
    'of a later version': [() => changedRig('rig', (file) => void (file[rigOf(file)] = 9)), 'format', /version 9.*newer/],
    'of another kind': [() => changedRig('rig', (file) => void (file[rigOf(file) + 2] = 7)), 'format', /kind 7.*newer/],
    'of a huge size': [() => changedRig('rig', (file) => file.fill(255, rigOf(file) + 4, rigOf(file) + 8)), 'format', /claims 65535 x 65535/],
    'of another size than its pack says': [() => changedRig('rig', (file) => void (file[18] = 129)), 'format', /another size or transparency/],
    'of another transparency than its pack says': [() => changedRig('rig', (file) => void (file[22] = 1)), 'format', /another size or transparency/],
    'with too many parts': [() => Uint8Array.from(rig()).fill(200, rigOf(rig()) + 10, rigOf(rig()) + 11), 'format', /200 parts/],
    'whose picture claims another size': [
      () => changedRig('rig', (file) => file.fill(0x3f, partOf(file, 'PICT').start + 26, partOf(file, 'PICT').start + 30)), 'format', /picture has another size/,
    ],
    'whose picture is of another format': [() => changedRig('rig', (file) => file.fill(0x20, partOf(file, 'PICT').start, partOf(file, 'PICT').start + 16)), 'format', /picture has another size/],
    'whose picture is noise': [
      () => changedRig('rig', (file) => file.fill(0xa5, partOf(file, 'PICT').start + 30, partOf(file, 'PICT').end)), 'decode', /picture cannot be decoded/,
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [bytes, code, message]) => {
    await expectFailure(await open(serve(bytes())), code, message);
  });

  test('with noise for numbers: drawn or refused, and the next one is drawn', async () => {
    const page = await browser.open(`<gaze-tracker style="width:64px"></gaze-tracker>`);
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * below);
    };
    const outcomes = new Set<unknown>();
    for (let round = 0; round < 40; round++) {
      const bytes = changedRig('rig', (file) => {
        const { start, end } = partOf(file, ['MATT', 'MOVE', 'EYES'][round % 3]!);
        for (let i = 0; i < 3; i++) file[start + random(end - start)] = random(256);
      });
      outcomes.add(await page.evaluate(async (bytes) => {
        const face = document.querySelector('gaze-tracker')!;
        face.src = new Blob([Uint8Array.from(bytes)]);
        return new Promise((resolve) => ['ready', 'error'].forEach((type) => face.addEventListener(type, (event) => {
          face.lookAt(Math.random() * 2 - 1, Math.random() * 2 - 1);
          resolve(type === 'ready' || (event as unknown as { error: { code: string } }).error.code);
        }, { once: true })));
      }, [...bytes]));
    }
    expect([...outcomes].filter((outcome) => outcome !== true && outcome !== 'format')).toEqual([]);
    await page.evaluate(() => Object.assign(document.querySelector('gaze-tracker')!, { src: '/fixtures/rig/', width: 128 }).style.setProperty('width', '128px'));
    await expectDrawn(page);
  });

  test('that breaks off', async () => {
    const path = `/rig-case-${served++}/portrait.gaze`;
    browser.site.route(path, (response) => {
      response.setHeader('content-length', rig().length);
      response.write(rig().slice(0, 1000), () => response.socket?.end());
    });
    await expectFailure(await open(path), 'network', /portrait\.gaze broke off/);
  });
});

describe('where it cannot be drawn', () => {
  const withoutModule = async (src: string) => {
    const page = await browser.page();
    await page.route(/live_rig.*\.wasm$|rig-copy\.js$/, (route) => route.fulfill({ status: 404 }));
    browser.site.route('/without.html', `<!doctype html><script>window.recorded = []; for (const type of ['ready', 'error']) addEventListener(type, (e) =>
      window.recorded.push({ type, detail: e.detail ?? { code: e.error?.code, fatal: e.error?.fatal, message: e.message } }), true);</script>
      <script type="module" src="/player/define.js"></script><gaze-tracker smoothing="1" src="${src}">${PLACEHOLDER}</gaze-tracker>`);
    await page.goto(`${browser.site.url}/without.html`);
    return page;
  };

  test('because its module is missing', async () => {
    await expectFailure(await withoutModule('/fixtures/rig/portrait.gaze'), 'wasm', /what draws the face could not be started: the server answered 404 for http:.*\/live_rig_simd_bg\.wasm: put it there/);
  });

  test.each(['/fixtures/both/', '/fixtures/both/frames.gaze'])('%s: its frames are played', async (src) => {
    const page = await withoutModule(src);
    expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'pack' });
    await showCell(page, 6, 0, 5);
    expect(await recorded(page, 'error')).toEqual([]);
  });

  test('because the rig of a pack is damaged: its frames are played', async () => {
    const pack = Uint8Array.from(fixture('both/frames.gaze'));
    pack[rigOf(pack)] = 9;
    const page = await open(serve(pack, 'frames.gaze'));
    expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'pack' });
    await waitForEvent(page, 'progress', { loaded: pack.length, total: pack.length, frames: 36 });
    await showCell(page, 6, 5, 0);
  });

  test('because portrait.gaze is damaged: what lies beside it is played', async () => {
    const base = `/rig-case-${served++}/`;
    browser.site.route(`${base}portrait.gaze`, rig().slice(0, 700));
    browser.site.route(`${base}frames.gaze`, fixture('six/frames.gaze'));
    const page = await open(base);
    expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'pack' });
    await showCell(page, 6, 5, 0);
  });

  test('because portrait.gaze is damaged, and nothing lies beside it: the error tells of it', async () => {
    const base = `/rig-case-${served++}/`;
    browser.site.route(`${base}portrait.gaze`, rig().slice(0, 700));
    await expectFailure(await open(base), 'network', /portrait\.gaze ended too early/);
  });

  test('because the page forbids WebAssembly', async () => {
    const page = await browser.page();
    browser.site.route('/forbidden.html', (response) => {
      response.setHeader('content-type', 'text/html');
      response.setHeader('content-security-policy', "script-src 'self'; worker-src blob:");
      response.end(`<!doctype html><script type="module" src="/player/define.js"></script><gaze-tracker src="/fixtures/rig/portrait.gaze">${PLACEHOLDER}</gaze-tracker>`);
    });
    await page.addInitScript(() => {
      window.recorded = [];
      addEventListener('error', (e) => window.recorded.push({ type: 'error', detail: { code: (e.error as { code?: string })?.code, message: e.message } }), true);
    });
    await page.goto(`${browser.site.url}/forbidden.html`);
    expect((await waitForEvent(page, 'error', { code: 'wasm' })).message).toMatch(/could not be started.*script-src allow 'wasm-unsafe-eval'/);
    expect(await page.locator('b').isVisible()).toBe(true);
  });

  test('because memory is refused', async () => {
    const module = withFixedMemory(readFileSync(join(DIST, 'live_rig_simd_bg.wasm')));
    const page = await browser.page();
    await page.route('**/live_rig_simd_bg.wasm', (route) => route.fulfill({ body: Buffer.from(module), contentType: 'application/wasm' }));
    browser.site.route('/poor.html', `<!doctype html><script>window.recorded = []; for (const type of ['ready', 'error']) addEventListener(type, (e) =>
      window.recorded.push({ type, detail: e.detail ?? { code: e.error?.code, fatal: e.error?.fatal, message: e.message } }), true);</script>
      <script type="module" src="/player/define.js"></script><gaze-tracker smoothing="1" src="/fixtures/astronaut/portrait.gaze">${PLACEHOLDER}</gaze-tracker>`);
    await page.goto(`${browser.site.url}/poor.html`);
    await expectFailure(page, 'wasm', /no memory left for this face/);
  });
});

test('without SIMD the plain module draws it', async () => {
  const before = () => {
    const refuse = 'const { validate } = WebAssembly; WebAssembly.validate = (bytes) => bytes.length > 100 && validate(bytes);';
    window.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(URL.createObjectURL(new Blob([`${refuse} importScripts(${JSON.stringify(String(url))});`])), options);
      }
    };
  };
  const from = browser.site.asked.length;
  const page = await open('/fixtures/rig/portrait.gaze', { before });
  await expectDrawn(page);
  expect(browser.site.asked.slice(from).filter((path) => /live_rig/.test(path))).toEqual(['/player/live_rig_bg.wasm']);
});

describe('midway', () => {
  /** A rig whose last byte comes when it is asked for. */
  const slow = () => {
    const path = `/rig-case-${served++}/portrait.gaze`;
    const waiting: (() => void)[] = [];
    let isClosed = false;
    browser.site.route(path, (response) => {
      response.setHeader('content-length', rig().length);
      response.write(rig().slice(0, -1));
      response.on('close', () => (isClosed = true));
      waiting.push(() => response.end(rig().slice(-1)));
    });
    return { path, finish: () => waiting.forEach((each) => each()), isClosed: () => isClosed };
  };

  test('taken away: the download ends, nothing is told, and the next element is drawn', async () => {
    const { path, isClosed } = slow();
    const page = await open(path);
    await waitForEvent(page, 'progress', { loaded: rig().length - 1 });
    await page.evaluate(() => document.querySelector('gaze-tracker')!.remove());
    await expect.poll(isClosed).toBe(true);
    await page.evaluate(() => {
      const next = document.createElement('gaze-tracker');
      next.src = '/fixtures/rig/';
      next.smoothing = 1;
      next.style.width = '128px';
      document.body.append(next);
    });
    await expectDrawn(page);
    expect(await recorded(page, 'error')).toEqual([]);
  });

  test('another src, again and again while it opens: the last one is drawn', async () => {
    const page = await open('/fixtures/rig/');
    for (let i = 0; i < 12; i++) {
      await page.evaluate((src) => (document.querySelector('gaze-tracker')!.src = src), `/fixtures/${i % 2 ? 'astronaut' : 'rig-clear'}/?${i}`);
      await page.waitForTimeout(i * 12);
    }
    await page.evaluate(() => {
      window.recorded = [];
      document.querySelector('gaze-tracker')!.src = '/fixtures/rig/?last';
    });
    await expectDrawn(page);
    expect(await recorded(page, 'error')).toEqual([]);
    expect(await recorded(page, 'ready')).toHaveLength(1);
  });

  test('from a rig to frames and back', async () => {
    const page = await open('/fixtures/rig/');
    await expectDrawn(page);
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.src = '/fixtures/six/'));
    await waitForEvent(page, 'ready', { source: 'pack' });
    // It still looks where it was told to.
    await expectCell(page, 6, 0, 3);
    await page.evaluate(() => {
      window.recorded = [];
      document.querySelector('gaze-tracker')!.src = '/fixtures/rig/';
    });
    await expectDrawn(page);
  });
});
