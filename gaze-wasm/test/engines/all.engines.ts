// All that engines share. With GAZE_SCREENSHOTS=DIR it also leaves pictures of a face that looks about in each.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIST, fixture, PACKAGE, Site } from '../site.js';
import { checkCells, checkFrames, checkRig, expectFrame, lookAt, openFace, READER } from './checks.js';
import { closeEngine, type Engine, type EnginePage, openEngine, until } from './engine.js';
import { firefox } from './firefox.js';
import { webkit } from './webkit.js';
import { expectedFrames } from '../pictures.js';

/** Firefox that answers with noise where a page reads a canvas. */
const guarded: Engine = { ...firefox({ 'privacy.resistFingerprinting': true }), name: 'Firefox against fingerprinting' };

describe.each([firefox(), webkit])('$name', (engine) => {
  let site: Site;
  let page: EnginePage;
  beforeAll(async () => {
    ({ site, page } = await openEngine(engine));
  });
  afterAll(() => closeEngine(page, site));

  test.each(['rig', 'rig-clear', 'astronaut'])('draws the rig %s', (folder) => checkRig(site, page, folder));
  test.each(['src="/fixtures/six/frames.gaze"', 'src="/fixtures/six/" mode="quadrants"', 'src="/fixtures/clear/"'])('plays %s', (attributes) => checkFrames(site, page, attributes));

  test('draws without a worker', () => checkRig(site, page, 'rig', { before: 'delete window.Worker' }));
  test('draws without SIMD', () => checkRig(site, page, 'rig', { before: PLAIN_ONLY }));
  test('draws with the single file', () => checkRig(site, page, 'rig', { player: '/player/gaze-tracker.js' }));

  describe('from file://, everything in one page', () => {
    test.each(['as a blob', 'as gaze export --html writes it'])('draws a rig, %s', async (how) => {
      await openFromDisk(page, 128, fixture('rig/portrait.gaze'), how.includes('export') ? exported : withBlob);
      for (const frame of expectedFrames('rig').filter(({ width }) => width === 128)) await expectFrame(page, frame);
    });

    test.each(['as a blob', 'as gaze export --html writes it'])('plays a pack, %s', async (how) => {
      await openFromDisk(page, 64, fixture('six/frames.gaze'), how.includes('export') ? exported : withBlob);
      await checkCells(page);
    });

    test('plays a sheet', async () => {
      await openFromDisk(page, 64, fixture('single/sheet.webp'), withBlob);
      await checkCells(page);
    });
  });

  test.each(['', '; trusted-types gaze-tracker', '; trusted-types others'])("under require-trusted-types-for 'script'%s", async (more) => {
    const policy = `require-trusted-types-for 'script'${more}`;
    await checkRig(site, page, 'rig', { policy });
    await checkFrames(site, page, 'src="/fixtures/six/frames.gaze"', { policy });
  });

  test('goes on without a worker that never answers', async () => {
    await checkRig(site, page, 'rig', { before: 'window.Worker = class extends EventTarget { postMessage() {} terminate() {} };' });
  });

  test('draws at the size shown, and follows it', async () => {
    const frames = expectedFrames('rig');
    const at = (width: number) => frames.find((frame) => frame.width === width && frame.x === 1)!;
    await openFace(site, page, '<gaze-tracker smoothing="1" hide-controls style="width:64px" src="/fixtures/rig/"></gaze-tracker>');
    await expectFrame(page, at(64));
    await page.run(`document.querySelector('gaze-tracker').style.width = '128px'`);
    await expectFrame(page, at(128));
  });

  test('fades from one face into the next', async () => {
    await openFace(site, page, '<gaze-tracker smoothing="1" hide-controls style="width:128px;--gaze-fade:1s" src="/fixtures/six/"></gaze-tracker>');
    const canvases = `document.querySelector('gaze-tracker').shadowRoot.querySelectorAll('canvas').length`;
    await page.run(`window.most = 0;
      new MutationObserver(() => (window.most = Math.max(window.most, ${canvases}))).observe(document.querySelector('gaze-tracker').shadowRoot, { childList: true, subtree: true });
      document.querySelector('gaze-tracker').src = '/fixtures/rig/'`);
    await until(page, `return window.most === 2 && ${canvases} === 1`);
    await expectFrame(page, expectedFrames('rig')[1]!);
  });

  test('says what is wrong with a file', async () => {
    const broken = Uint8Array.from(fixture('rig/portrait.gaze'));
    broken.fill(0, broken.length - 200);
    site.route('/broken/portrait.gaze', broken);
    await expect(openFace(site, page, '<gaze-tracker src="/broken/portrait.gaze"></gaze-tracker>')).rejects.toThrow(/portrait\.gaze cannot be played/);
  });

  test('looks about', async () => {
    const { width, height } = expectedFrames('astronaut')[0]!;
    const folder = process.env.GAZE_SCREENSHOTS;
    await openFace(site, page, `<gaze-tracker hide-controls smoothing="1" style="width:${width}px" src="/fixtures/astronaut/"></gaze-tracker>`);
    const shots: Uint8Array[] = [];
    for (const [name, x, y] of [['ahead', 0, 0], ['left', -1, 0], ['right', 1, 0], ['up', 0, -1], ['down', 0, 1]] as const) {
      await lookAt(page, x, y);
      await until(page, `const { x, y } = document.querySelector('gaze-tracker').gaze; return x === argument[0] && y === argument[1]`, [x, y]);
      // The frame that was drawn has to reach the screen.
      const before = new Set(shots.map(text));
      for (const deadline = Date.now() + 20_000; ; ) {
        await page.run(`for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)`);
        const shot = await page.screenshot();
        if (before.has(text(shot)) && Date.now() < deadline) continue;
        shots.push(shot);
        break;
      }
      if (!folder) continue;
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${engine.name}-${name}.png`), shots.at(-1)!);
    }
    expect(height).toBeGreaterThan(100);
    expect(new Set(shots.map(text)).size).toBe(shots.length);
  });
});

test('a browser that hides the pixels of canvases draws the rig exactly, or says that it cannot', async () => {
  const site = await Site.open();
  const page = await guarded.start();
  try {
    const drawn = checkRig(site, page, 'rig', { readable: false });
    await drawn.catch((error: Error) => expect(error.message).toMatch(/allow this page to read canvases/));
  } finally {
    await page.close();
    await site.close();
  }
});

const PLAYER = readFileSync(join(DIST, 'gaze-tracker.js'), 'utf8').replace(/<(?=\/?script)/gi, '\\x3c');
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** A page that has the player and the file inside. */
const withBlob = (file: Uint8Array) => `<!doctype html><gaze-tracker smoothing="1" grid="6" hide-controls></gaze-tracker><script type="module">${PLAYER}</script>
  <script type="module">document.querySelector('gaze-tracker').src = new Blob([Uint8Array.from(atob('${text(file)}'), (c) => c.charCodeAt(0))]);</script>`;

/** The same as gaze-player makes it: its template, with the file in two blocks. */
function exported(file: Uint8Array): string {
  const template = (name: string) => readFileSync(join(PACKAGE, '..', 'gaze-player', 'src', 'page', name), 'utf8');
  const block = (bytes: Uint8Array) => `<script type="application/octet-stream">${text(bytes)}</script>\n`;
  return template('before.html').replaceAll('{{width}}', '4').replaceAll('{{height}}', '5').replace('{{title}}', 'face').replace('{{attributes}}', ' smoothing="1" hide-controls') +
    `</gaze-tracker>\n${block(file.subarray(0, 3000))}${block(file.subarray(3000))}` + template('after.html').replace('{{player}}', () => PLAYER);
}

/** Opens a page from the disk and waits until its face is there, at the width that is compared. */
async function openFromDisk(page: EnginePage, width: number, file: Uint8Array, pageOf: (file: Uint8Array) => string): Promise<void> {
  const path = join(mkdtempSync(join(tmpdir(), 'gaze-')), 'page.html');
  writeFileSync(path, `${pageOf(file)}<style>gaze-tracker { width: ${width}px !important }</style><script>${READER}</script>`);
  await page.open(pathToFileURL(path).href);
  await until(page, `return document.querySelector('gaze-tracker').ready`);
}

/** Nothing that needs SIMD is sound. */
const PLAIN_ONLY = `
  const refuse = 'const validate = WebAssembly.validate; WebAssembly.validate = (bytes) => bytes.length > 100 && validate(bytes);';
  const Original = window.Worker;
  window.Worker = class extends Original {
    constructor(url, options) { super(URL.createObjectURL(new Blob([refuse + 'importScripts(' + JSON.stringify(String(url)) + ')'])), options); }
  };`;
