// Whatever a server or a stranger's file does: an error event with a sentence, the placeholder, and no uncaught exception.
import type { ServerResponse } from 'node:http';
import { expect, test, describe } from 'vitest';
import type { Page } from 'playwright-core';
import { expectCell, lookAtCell, recorded, showCell, TestBrowser, waitForEvent } from './browser.js';
import { firstFrameOf, frameTableOf, sectionOf } from './rig-file.js';
import { fixture } from './site.js';

const browser = new TestBrowser();
let folders = 0;

/** A folder of its own that holds these files, and the portrait. */
function folder(files: Record<string, Parameters<TestBrowser['site']['route']>[1]>): string {
  const base = `/case-${folders++}/`;
  browser.site.route(`${base}input.jpg`, fixture('six/input.jpg'));
  for (const [name, answer] of Object.entries(files)) browser.site.route(base + name, answer);
  return base;
}

/** Waits until the portrait is on screen, and no canvas. */
async function expectPortrait(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('gaze-tracker')!.shadowRoot!.querySelector('img')?.complete);
  expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.shadowRoot!.querySelector('canvas')!.hidden)).toBe(true);
}

/** Opens a face that cannot be played, and compares its error. */
async function expectFailure(base: string, code: string, message: RegExp, attributes = ''): Promise<void> {
  const page = await browser.open(`<gaze-tracker src="${base}" ${attributes}></gaze-tracker>`);
  const error = await waitForEvent(page, 'error');
  expect(error).toMatchObject({ code, fatal: true });
  expect(error.message).toMatch(message);
  if (base.endsWith('/')) await expectPortrait(page);
  expect(await recorded(page, 'ready')).toEqual([]);
}

/** Sends the first bytes of a file. A browser may ask again: every answer breaks off, those to come too. */
class BrokenAnswer {
  readonly #begun: ServerResponse[] = [];
  #isBroken = false;

  constructor(
    readonly file: Uint8Array,
    readonly length: number,
  ) {}

  readonly answer = (response: ServerResponse): void => {
    response.setHeader('content-length', this.file.length);
    // Ended rather than reset, which would take with it what the browser has not read yet.
    response.write(this.file.slice(0, this.length), () => {
      if (this.#isBroken) response.socket?.end();
      else this.#begun.push(response);
    });
  };

  breakOff(): void {
    this.#isBroken = true;
    for (const response of this.#begun.splice(0)) response.socket?.end();
  }
}

/** The full sheets, and what describes them. */
function sheets(): Record<string, Uint8Array> {
  return Object.fromEntries(['metadata.json', 'q0.webp', 'q1.webp', 'q2.webp', 'q3.webp'].map((name) => [name, fixture(`six/${name}`)]));
}

/** The pack with some bytes changed. */
function changed(at: number, ...bytes: number[]): Uint8Array {
  const pack = Uint8Array.from(fixture('six/frames.gaze'));
  pack.set(bytes, at);
  return pack;
}

describe('nothing there', () => {
  test('an empty folder', () => expectFailure(folder({}), 'missing', /neither portrait\.gaze nor frames\.gaze nor sprite sheets/));
  test('a missing pack', () => expectFailure('/nowhere/frames.gaze', 'missing', /frames\.gaze could not be loaded: the server answered 404/));
  test('a server error', () => expectFailure(folder({ 'frames.gaze': 500, 'metadata.json': 500 }), 'network', /answered 500/));
  test('an address that is none', () => expectFailure('a.webp,b.webp', 'format', /names no frames/));
  test('a blob that was revoked', () => expectFailure('blob:http://127.0.0.1/8c7e9bd5-6c1b-4b0a-9f5e-000000000000', 'missing', /before it is revoked/));
  test('a host that refuses', () => expectFailure('http://127.0.0.1:9/x/frames.gaze', 'network', /could not be fetched/));
});

describe('a hostile pack', () => {
  const six = fixture('six/frames.gaze');
  const table = frameTableOf(six);
  const cases: Record<string, [Uint8Array | string, RegExp]> = {
    'that is a web page': ['<!doctype html><title>not found</title>', /^src="\/case-\d+\/": the server sent a web page instead of frames\.gaze: check src$/],
    'of a later version': [changed(8, 9), /version 9/],
    'with a huge header': [changed(12, 0xff, 0xff, 0xff, 0xff), /header claims/],
    'with a huge grid': [changed(16, 0xfe, 0xff), /grid of 65534/],
    'with an odd grid': [changed(16, 5), /grid of 5/],
    'with frames of no size': [changed(18, 0, 0), /frames of 0 x/],
    'whose rectangle leaves the frame': [changed(24, 60), /rectangle leaves/],
    'with frames of another kind': [changed(32, 7), /images of kind 7/],
    'with too many sections': [changed(34, 200), /200 sections/],
    'whose section lengths lie': [changed(sectionOf(six, 'STIL').entry + 16, 0xff, 0xff, 0xff, 0x3f), /overlap or leave gaps|do not add up/],
    'whose frame lengths lie': [changed(table, 0xff, 0xff, 0xff, 0x7f), /do not add up|too large|empty/],
    'with a cell out of range': [changed(table + 4, 0xff, 0x0f), /outside the grid/],
    'with a cell twice': [Uint8Array.from(six).copyWithin(table + 4, table + 10, table + 12), /comes twice/],
  };
  test.each(Object.entries(cases))('%s', async (_, [bytes, message]) => {
    await expectFailure(folder({ 'frames.gaze': bytes }), 'format', message);
  });

  test('whose still image claims another size', async () => {
    const pack = Uint8Array.from(six);
    pack.set([0xff, 0x3f, 0xff, 0x3f], sectionOf(pack, 'STIL').start + 26);
    await expectFailure(folder({ 'frames.gaze': pack }), 'format', /not a webp picture of 64 x 80/);
  });

  test('whose still image is noise', async () => {
    const pack = Uint8Array.from(six);
    const { start, end } = sectionOf(pack, 'STIL');
    // The frame header stays, so that the size can be read; what follows is no picture.
    pack.fill(0xa5, start + 20, start + 23);
    pack.fill(0xa5, start + 30, end);
    const page = await browser.open(`<gaze-tracker src="${folder({ 'frames.gaze': pack })}"></gaze-tracker>`);
    expect(await waitForEvent(page, 'error')).toMatchObject({ code: 'decode', fatal: true });
    await expectPortrait(page);
  });

  test('with a damaged frame goes on without it', async () => {
    const pack = Uint8Array.from(six);
    // The first stored frame: cell 2, 2.
    const { start, end } = firstFrameOf(pack);
    pack.fill(0xa5, start + 20, start + 23);
    pack.fill(0xa5, start + 30, end);
    const page = await browser.open(`<gaze-tracker smoothing="1" src="${folder({ 'frames.gaze': pack })}"></gaze-tracker>`);
    await waitForEvent(page, 'progress', { frames: 36 });
    await lookAtCell(page, 6, 2, 2);
    expect(await waitForEvent(page, 'error')).toMatchObject({ code: 'decode', fatal: false });
    await showCell(page, 6, 0, 5);
  });

  test('beside sound sheets: the sheets are played', async () => {
    const page = await browser.open(`<gaze-tracker src="${folder({ ...sheets(), 'frames.gaze': changed(16, 5) })}"></gaze-tracker>`);
    expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'sheets' });
  });
});

describe('a stream', () => {
  const pack = () => fixture('six/frames.gaze');

  test('cut within the header', () => expectFailure(folder({ 'frames.gaze': pack().slice(0, 100) }), 'network', /ended too early/));
  test('of no bytes', () => expectFailure(folder({ 'frames.gaze': new Uint8Array() }), 'format', /an empty file instead of frames\.gaze/));

  test('cut half way: what has arrived can be steered', async () => {
    const half = pack().slice(0, Math.floor(pack().length * 0.8));
    const page = await browser.open(`<gaze-tracker smoothing="1" src="${folder({ 'frames.gaze': half })}"></gaze-tracker>`);
    await waitForEvent(page, 'ready');
    const error = await waitForEvent(page, 'error');
    expect(error).toMatchObject({ code: 'network', fatal: false });
    expect(error.message).toMatch(/ended too early, after \d+ of \d+ bytes/);
    await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(1, -1));
    await expectCell(page, 6, 0, 5);
  });

  test('cut half way, with sheets beside it: they are not played over the pack', async () => {
    const half = pack().slice(0, Math.floor(pack().length * 0.8));
    const base = folder({ ...sheets(), 'frames.gaze': half });
    const page = await browser.open(`<gaze-tracker src="${base}"></gaze-tracker>`);
    expect(await waitForEvent(page, 'error')).toMatchObject({ code: 'network', fatal: false });
    expect(await recorded(page, 'ready')).toMatchObject([{ source: 'pack' }]);
    expect(browser.site.asked).not.toContain(`${base}q0.webp`);
  });

  test('that breaks off', async () => {
    const broken = new BrokenAnswer(pack(), 2000);
    const page = await browser.open(`<gaze-tracker src="${folder({ 'frames.gaze': broken.answer })}"></gaze-tracker>`);
    await waitForEvent(page, 'progress');
    broken.breakOff();
    expect((await waitForEvent(page, 'error')).message).toMatch(/broke off/);
  });

  test('whose first bytes come as soon as the player runs: they are reported at once', async () => {
    const base = folder({ 'frames.gaze': (response) => void response.write(pack().slice(0, 2000)) });
    // Whatever the worker's clock says, it has just begun.
    const before = () => {
      window.Worker = class extends Worker {
        constructor(url: string | URL, options?: WorkerOptions) {
          super(URL.createObjectURL(new Blob([`performance.now = () => 1; importScripts(${JSON.stringify(String(url))});`])), options);
        }
      };
    };
    const page = await browser.open(`<gaze-tracker src="${base}"></gaze-tracker>`, { before });
    expect(await waitForEvent(page, 'progress')).toMatchObject({ loaded: 2000, total: pack().length });
  });

  test('that ends before it shows what it is', async () => {
    const broken = new BrokenAnswer(pack(), 3);
    broken.breakOff();
    browser.site.route('/short/frames.gaze', broken.answer);
    await expectFailure('/short/frames.gaze', 'network', /frames\.gaze broke off/);
  });

  test('that drips is played as it comes, in any pieces', async () => {
    const bytes = pack();
    const base = folder({
      'frames.gaze': (response) => {
        let at = 0;
        const drip = () => {
          if (at >= bytes.length || response.destroyed) return void response.end();
          // 1 to 97 bytes at a time.
          const next = at + 1 + ((at * 31) % 97);
          response.write(bytes.slice(at, next), () => setImmediate(drip));
          at = next;
        };
        drip();
      },
    });
    const page = await browser.open(`<gaze-tracker smoothing="1" src="${base}"></gaze-tracker>`);
    await waitForEvent(page, 'ready');
    await waitForEvent(page, 'progress', { frames: 36 });
    await showCell(page, 6, 5, 0);
  });

  test('that stalls after the first frames: those can be steered meanwhile', async () => {
    const base = folder({ 'frames.gaze': (response) => void response.write(pack().slice(0, Math.floor(pack().length * 0.6))) });
    const page = await browser.open(`<gaze-tracker smoothing="1" src="${base}"></gaze-tracker>`);
    await waitForEvent(page, 'ready');
    // The centre and the ends come first.
    await showCell(page, 6, 0, 0);
  });
});

describe('sheets', () => {
  const files = (change: Record<string, Uint8Array | string | number>) => ({ ...sheets(), ...change });

  test('of the wrong size', () => expectFailure(folder(files({ 'q0.webp': fixture('thirty/q0.webp') })), 'format', /q0\.webp is 960 x 1200 px, which is no sheet of 3 x 3 frames of 64 x 80 px/));
  test('that are missing', () => expectFailure(folder(files({ 'q0.webp': 404 })), 'missing', /neither/));
  test('that are cut short', () => expectFailure(folder(files({ 'q0.webp': fixture('six/q0.webp').slice(0, 60) })), 'decode', /q0\.webp could not be decoded/));
  test('with broken metadata', () => expectFailure(folder(files({ 'metadata.json': '{"gridSize":31}' })), 'format', /metadata\.json/));
  test('with attributes that do not fit', () => expectFailure('/fixtures/single/sheet.webp', 'format', /check grid, width and height/, 'grid="14"'));

  test('of which one is missing: the others can be steered', async () => {
    const page = await browser.open(`<gaze-tracker smoothing="1" src="${folder(files({ 'q3.webp': 404 }))}"></gaze-tracker>`);
    expect(await waitForEvent(page, 'error')).toMatchObject({ fatal: false });
    await showCell(page, 6, 0, 5);
  });
});

test('without its WebAssembly the portrait stays', async () => {
  const base = folder({ 'frames.gaze': fixture('six/frames.gaze') });
  const page = await browser.page();
  await page.route(/\.wasm$|-copy\.js$/, (route) => route.fulfill({ status: 404 }));
  browser.site.route('/no-wasm.html', `<!doctype html><script type="module">
    window.recorded = []; addEventListener('error', (e) => window.recorded.push({ type: 'error', detail: { code: e.error?.code, fatal: e.error?.fatal, message: e.message } }), true);
    import('/player/define.js');</script><gaze-tracker src="${base}"></gaze-tracker>`);
  await page.goto(`${browser.site.url}/no-wasm.html`);
  const error = await waitForEvent(page, 'error', { code: 'wasm' });
  expect(error.message).toMatch(/^the player could not be started: the server answered 404 for http:.*\/gaze_tracker_bg\.wasm: put it there, or say where it is by setWasmSource\(\)/);
  await expectPortrait(page);
});

test('after a failure another src works', async () => {
  const page = await browser.open('<gaze-tracker smoothing="1" src="/nowhere/"></gaze-tracker>');
  await waitForEvent(page, 'error');
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.src = '/fixtures/six/'));
  await waitForEvent(page, 'ready');
  await showCell(page, 6, 1, 1);
});
