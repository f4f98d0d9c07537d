// Where the package's files lie otherwise than in dist/: moved by a bundler, missing, on another site, in a classic script.
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { picture, recorded, showCell, TestBrowser, waitForEvent } from './browser.js';
import { ASTRONAUT } from './generate-lab.js';
import { difference, expectedFrames } from './pictures.js';
import { DIST, fixture, PACKAGE, Site } from './site.js';

const browser = new TestBrowser();
let folders = 0;

type Answer = (response: ServerResponse) => void;
const FRONT_PAGE: Answer = (response) => void response.setHeader('content-type', 'text/html').end('<!doctype html><title>Front page</title>');

/** What bundlers move: the scripts alone. For the modules, and what else `instead` names, the server has another answer. */
function movedScripts(answer: Answer, { instead = /\.wasm$/, site = browser.site, base = `/moved-${folders++}/`, headers = {} as Record<string, string> } = {}): string {
  for (const name of readdirSync(DIST).filter((name) => /\.(js|wasm)$/.test(name))) {
    site.route(base + name, instead.test(name) ? answer : (response) => {
      for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
      response.setHeader('content-type', 'text/javascript').end(readFileSync(join(DIST, name)));
    });
  }
  return base;
}

/** A module that wants to be started by another script than this version's. */
function ofAnotherVersion(): Uint8Array {
  const module = readFileSync(join(DIST, 'gaze_tracker_bg.wasm'));
  const at = module.indexOf(readFileSync(join(PACKAGE, 'pkg', 'rust.sha256'), 'latin1').slice(0, 8));
  expect(at).toBeGreaterThan(0);
  module.write('00000000', at, 'latin1');
  return module;
}

/** What a page tells the developer. */
function consoleOf(page: Page): string[] {
  const told: string[] = [];
  page.on('console', (message) => void (/gaze-tracker/.test(message.text()) && told.push(message.text())));
  return told;
}

async function expectRig(page: Page): Promise<void> {
  const frame = expectedFrames('rig').find(({ width, x }) => width === 128 && x === 1)!;
  await page.evaluate(([x, y]) => document.querySelector('gaze-tracker')!.lookAt(x, y), [frame.x, frame.y] as const);
  await expect.poll(async () => difference(await picture(page), frame).worst).toBeLessThanOrEqual(2);
}

const PACK = '<gaze-tracker smoothing="1" src="/fixtures/six/frames.gaze"></gaze-tracker>';
const RIG = '<gaze-tracker smoothing="1" hide-controls style="width:128px" src="/fixtures/rig/portrait.gaze"></gaze-tracker>';
const withoutWorker = () => void Reflect.deleteProperty(window, 'Worker');

describe('modules that are not beside the script', () => {
  const answers: Record<string, Answer> = {
    'a web page': FRONT_PAGE,
    'nothing': (response) => void response.writeHead(404).end(),
    'a web page that is called a module': (response) => void response.setHeader('content-type', 'application/wasm').end('<!doctype html>'),
    'half a module': (response) => void response.setHeader('content-type', 'application/wasm').end(readFileSync(join(DIST, 'gaze_tracker_bg.wasm')).subarray(0, 20_000)),
    'one of another version': (response) => void response.setHeader('content-type', 'application/wasm').end(ofAnotherVersion()),
    'no answer': (response) => void response.destroy(),
  };
  test.each(Object.entries(answers))('%s: a pack is played, and where the copy came from is told once', async (_, answer) => {
    const page = await browser.open('', { player: `${movedScripts(answer)}define.js` });
    const told = consoleOf(page);
    await page.evaluate((face) => void document.body.insertAdjacentHTML('beforeend', face), PACK);
    await waitForEvent(page, 'progress', { frames: 36 });
    await showCell(page, 6, 0, 5);
    await showCell(page, 6, 4, 1);
    expect(await recorded(page, 'error')).toEqual([]);
    expect(told).toEqual([expect.stringMatching(/^gaze-tracker uses the copy .*setWasmSource\(\)/)]);
  });

  test.each([['by a worker', undefined], ['by the page', withoutWorker]] as const)('a rig is drawn, %s', async (_, before) => {
    const page = await browser.open(RIG, { player: `${movedScripts(FRONT_PAGE)}define.js`, ...(before && { before }) });
    expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'rig' });
    await expectRig(page);
  });

  test.each([['by a worker', undefined], ['by the page', withoutWorker]] as const)('and no copy either: said in words, %s', async (_, before) => {
    const player = `${movedScripts(FRONT_PAGE, { instead: /\.wasm$|-copy\.js$/ })}define.js`;
    const page = await browser.open(PACK, { player, ...(before && { before }) });
    const { code, message, fatal } = await waitForEvent(page, 'error');
    expect({ code, fatal }).toEqual({ code: 'wasm', fatal: true });
    expect(message).toMatch(/^the player could not be started: the server sent a web page instead of http:.*\/gaze_tracker_bg\.wasm: put it there, or say where it is by setWasmSource\(\); in Vite, name gaze-tracker in optimizeDeps\.exclude$/);
  });

  test('since connect-src refuses all: the copy is no connection', async () => {
    browser.site.route('/give.js', `import '/player/define.js';
      document.querySelector('gaze-tracker').src = new Blob([Uint8Array.from(atob('${Buffer.from(fixture('six/frames.gaze')).toString('base64')}'), (c) => c.charCodeAt(0))]);`);
    browser.site.route('/unconnected.html', (response) => {
      response.setHeader('content-type', 'text/html');
      response.setHeader('content-security-policy', "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:");
      response.end('<!doctype html><script type="module" src="/give.js"></script><gaze-tracker smoothing="1"></gaze-tracker>');
    });
    const page = await browser.page();
    await page.goto(`${browser.site.url}/unconnected.html`);
    await page.waitForFunction(() => document.querySelector('gaze-tracker')?.ready);
    await showCell(page, 6, 0, 5);
  });

  test('where setWasmSource() has said that they are: said, and no copy takes their place', async () => {
    browser.site.route('/elsewhere/gaze_tracker_bg.wasm', FRONT_PAGE);
    const from = browser.site.asked.length;
    const page = await browser.open(`<script type="module">import { setWasmSource } from '/player/define.js';
      setWasmSource('/elsewhere/gaze_tracker_bg.wasm');
      document.body.insertAdjacentHTML('beforeend', '${PACK}');</script>`);
    const { code, message } = await waitForEvent(page, 'error');
    expect(code).toBe('wasm');
    expect(message).toMatch(/the server sent a web page instead of http:.*\/elsewhere\/gaze_tracker_bg\.wasm: put it there/);
    expect(browser.site.asked.slice(from).filter((path) => /copy/.test(path))).toEqual([]);
  });
});

describe('a development server that has moved the scripts alone', () => {
  /** As Vite's before version 8. */
  const layout = () => {
    const root = `/app-${folders++}/node_modules/`;
    for (const name of readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(wasm|onnx)$/.test(name))) {
      browser.site.route(`${root}gaze-tracker/dist/${name}`, readFileSync(join(DIST, name)));
      browser.site.route(`${root}.vite/deps/${name}`, FRONT_PAGE);
    }
    return movedScripts(FRONT_PAGE, { base: `${root}.vite/deps/` });
  };

  test('the modules are found where they have stayed', async () => {
    const base = layout();
    const page = await browser.open(RIG, { player: `${base}define.js` });
    const told = consoleOf(page);
    await expectRig(page);
    expect(told).toEqual([]);
    expect(browser.site.asked.filter((path) => path.startsWith(base) && /wasm|copy/.test(path))).toEqual([]);
  });

  test('and the models: a face is made', async () => {
    browser.site.route('/astronaut.png', readFileSync(ASTRONAUT));
    const page = await browser.open('<gaze-tracker portrait="/astronaut.png"></gaze-tracker>', { player: `${layout()}define.js` });
    expect(await waitForEvent(page, 'ready')).toMatchObject({ source: 'rig', width: 512 });
  });
});

describe('scripts from another site', () => {
  let other: Site;
  beforeAll(async () => void (other = await Site.open()));
  afterAll(() => other.close());
  const CORS = { 'access-control-allow-origin': '*' };

  test('which lets others read its scripts, but not its modules', async () => {
    const base = movedScripts((response) => void response.setHeader('content-type', 'application/wasm').end(readFileSync(join(DIST, 'gaze_tracker_bg.wasm'))), { site: other, headers: CORS });
    const page = await browser.open(PACK, { player: `${other.url}${base}define.js` });
    await waitForEvent(page, 'ready');
    await showCell(page, 6, 5, 0);
  });

  test('a classic script, from one that lets nobody read anything', async () => {
    const page = await browser.page();
    browser.site.route('/far.html', `<!doctype html><script src="${other.url}/player/gaze-tracker.classic.js"></script>${RIG}`);
    await page.goto(`${browser.site.url}/far.html`);
    await page.waitForFunction(() => document.querySelector('gaze-tracker')!.ready);
    await expectRig(page);
  });
});

describe('a classic script', () => {
  test('plays, makes faces, and leaves one name', async () => {
    browser.site.route('/astronaut.png', readFileSync(ASTRONAUT));
    browser.site.route('/classic.html', `<!doctype html><script>window.before = Object.getOwnPropertyNames(window);</script>
      <script src="/player/gaze-tracker.classic.js"></script>
      <script>window.added = Object.getOwnPropertyNames(window).filter((name) => !window.before.includes(name) && name !== 'before');</script>
      ${PACK}<gaze-tracker id="made" portrait="/astronaut.png"></gaze-tracker>`);
    const page = await browser.page();
    const from = browser.site.asked.length;
    await page.goto(`${browser.site.url}/classic.html`);
    await page.waitForFunction(() => [...document.querySelectorAll('gaze-tracker')].every(({ ready }) => ready), undefined, { timeout: 60_000 });
    await showCell(page, 6, 2, 3);
    expect(await page.evaluate(() => Reflect.get(window, 'added') as string[])).toEqual(['gazeTracker']);
    const names = await page.evaluate(() => Object.keys(Reflect.get(window, 'gazeTracker') as object).sort());
    expect(names).toEqual(['GazeError', 'GazeErrorEvent', 'GazeTracker', 'setWasmSource']);
    expect(browser.site.asked.slice(from).filter((path) => /_tracker_bg|live_rig|copy/.test(path))).toEqual([]);
  });
});
