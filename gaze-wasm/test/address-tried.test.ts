// What an address leads to is tried: queries go along, and a wrong guess costs as few requests as can be.
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { expectCell, recorded, TestBrowser, waitForEvent } from './browser.js';
import { fixture } from './site.js';

const browser = new TestBrowser();
const SHEETS = ['metadata.json', 'q0.webp', 'q1.webp', 'q2.webp', 'q3.webp'];
const PAGE = '<!doctype html><title>home</title>';

/** Serves files of a fixture in a folder, each with this query only. */
function serve(folder: string, names: readonly string[], { from = 'six', query = '' } = {}): void {
  for (const name of names) browser.site.route(folder + name + query, fixture(`${from}/${name}`));
}
const redirect = (to: string) => (response: ServerResponse) => void response.writeHead(302, { location: to }).end();
/** What was asked for under a path since then. */
const asked = (from: number, under: string) => browser.site.askedInFull.slice(from).filter((path) => path.startsWith(under));

/** Opens a face, waits until it can be steered, and returns all that was asked for under a path. */
async function play(src: string, under: string, source: 'rig' | 'pack' | 'sheets', attributes = ''): Promise<string[]> {
  const from = browser.site.askedInFull.length;
  const page = await browser.open(`<gaze-tracker smoothing="1" src="${src}" ${attributes}></gaze-tracker>`);
  await waitForEvent(page, 'ready', { source });
  if (source !== 'rig') {
    await waitForEvent(page, 'progress', { frames: 36 });
    await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(1, -1));
    await expectCell(page, 6, 0, 5);
  }
  expect(await recorded(page, 'error')).toEqual([]);
  return asked(from, under).filter((path) => !/input\.jpg/.test(path));
}

describe('the query of a folder goes to all its files:', () => {
  test.each([['portrait.gaze', 'rig', 'rig'], ['frames.gaze', 'six', 'pack']] as const)('%s', async (name, from, source) => {
    serve(`/signed-${name}/`, [name], { from, query: '?sig=a%2Fb' });
    for (const path of await play(`/signed-${name}/?sig=a%2Fb`, `/signed-${name}/`, source)) expect(path).toMatch(/\?sig=a%2Fb$/);
  });

  test('metadata.json and sheets, without its slash', async () => {
    serve('/signed/', SHEETS, { query: '?v=2' });
    const paths = await play('/signed?v=2', '/signed', 'sheets');
    expect(paths).toEqual(expect.arrayContaining(SHEETS.map((name) => `/signed/${name}?v=2`)));
    for (const path of paths) expect(path).toMatch(/\?v=2$/);
  });

  test('input.jpg', async () => {
    serve('/signed-portrait/', ['input.jpg'], { query: '?sig=1' });
    const page = await browser.open('<gaze-tracker src="/signed-portrait/?sig=1"></gaze-tracker>');
    await waitForEvent(page, 'error');
    await page.waitForFunction(() => document.querySelector('gaze-tracker')!.shadowRoot!.querySelector('img')?.naturalWidth === 64);
  });
});

test.each(['/c_fill,w_300/face/', '/c_fill,w_300,h_200,q_80/face'])('%s: commas belong to it', async (folder) => {
  serve(`${folder.replace(/\/$/, '')}/`, ['portrait.gaze'], { from: 'rig' });
  expect(await play(folder, '/c_fill', 'rig')).toEqual([`${folder.replace(/\/$/, '')}/portrait.gaze`]);
});

describe('a folder with a dot', () => {
  const cases: Record<string, (path: string) => void> = {
    'where nothing is without its slash': () => undefined,
    'which the server leads to': (path) => browser.site.route(path, redirect(`${path}/`)),
    'where a page is without its slash': (path) => browser.site.route(path, PAGE),
    'where one may not look without its slash': (path) => browser.site.route(path, 403),
  };
  test.each(Object.entries(cases))('%s', async (name, prepare) => {
    const path = `/faces-${name.length}/v1.2`;
    prepare(path);
    serve(`${path}/`, ['portrait.gaze'], { from: 'rig' });
    // A server that leads to the folder is asked for that as well.
    expect((await play(path, path, 'rig')).filter((each) => each !== `${path}/`)).toEqual([path, `${path}/portrait.gaze`]);
  });
});

describe('a face at an address that tells nothing', () => {
  test('a pack, by its query: asked for once', async () => {
    browser.site.route('/api/download?id=7', fixture('six/frames.gaze'));
    expect(await play('/api/download?id=7', '/api/', 'pack')).toEqual(['/api/download?id=7']);
  });
  test('a rig under a name without an ending', async () => {
    browser.site.route('/frames/abc', fixture('rig/portrait.gaze'));
    expect(await play('/frames/abc', '/frames/', 'rig')).toEqual(['/frames/abc/portrait.gaze', '/frames/abc/frames.gaze', '/frames/abc']);
  });
  test('a sheet: asked for once', async () => {
    browser.site.route('/api/sheet?id=7', fixture('single/sheet.webp'));
    expect(await play('/api/sheet?id=7', '/api/', 'sheets', 'grid="6"')).toEqual(['/api/sheet?id=7']);
  });
  test('an old folder without its slash: asked for as a folder first', async () => {
    serve('/older/', SHEETS);
    expect((await play('/older', '/older', 'sheets')).slice(0, 3)).toEqual(['/older/portrait.gaze', '/older/frames.gaze', '/older']);
  });
});

test.each(['/latest', '/latest/', '/latest?v=3'])('%s leads to another folder', async (src) => {
  const path = src.replace(/\?.*/, '');
  browser.site.route(src, redirect(`/version-3/${src.slice(path.length)}`));
  serve('/version-3/', ['frames.gaze']);
  await play(src, '/version-3', 'pack');
});

test('four sheets of data and of the page', async () => {
  const page = await browser.open('<gaze-tracker grid="6" smoothing="1"></gaze-tracker>');
  await page.evaluate(async () => {
    const sheets = await Promise.all([0, 1, 2, 3].map(async (q) => (await fetch(`/fixtures/six/q${q}.webp`)).blob()));
    const data = await Promise.all(sheets.slice(0, 2).map((sheet) => new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.readAsDataURL(sheet);
    })));
    document.querySelector('gaze-tracker')!.src = [...data, ...sheets.slice(2).map((sheet) => URL.createObjectURL(sheet))].join();
  });
  await waitForEvent(page, 'ready', { source: 'sheets', grid: 6 });
  await waitForEvent(page, 'progress', { frames: 36 });
  await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(1, 1));
  await expectCell(page, 6, 5, 5);
});

test.each(['/nowhere-1/portrait.gaze', '/nowhere-2/frames.gaze?v=1', '/nowhere-3/sheet.webp'])('%s: what is named is asked for once, and nothing else', async (src) => {
  const from = browser.site.askedInFull.length;
  const page = await browser.open(`<gaze-tracker src="${src}"></gaze-tracker>`);
  await waitForEvent(page, 'error', { code: 'missing' });
  await page.waitForTimeout(300);
  expect(asked(from, '/nowhere').filter((path) => !/input\.jpg/.test(path))).toEqual([src]);
});

test('what draws rigs is asked for with the query of what setWasmSource says', async () => {
  const from = browser.site.askedInFull.length;
  const page = await browser.page();
  browser.site.route('/wasm-query.html', `<!doctype html><script type="module">
    window.recorded = [];
    addEventListener('ready', ({ detail }) => window.recorded.push({ type: 'ready', detail }), true);
    (await import('/player/index.js')).setWasmSource('/player/gaze_tracker_bg.wasm?v=3');
    import('/player/define.js');</script><gaze-tracker src="/fixtures/rig/portrait.gaze"></gaze-tracker>`);
  await page.goto(`${browser.site.url}/wasm-query.html`);
  await waitForEvent(page, 'ready', { source: 'rig' });
  expect(asked(from, '/player/').filter((path) => /wasm/.test(path)).sort()).toEqual(['/player/gaze_tracker_bg.wasm?v=3', '/player/live_rig_simd_bg.wasm?v=3']);
});
