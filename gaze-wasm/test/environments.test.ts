// Pages without a worker, without a server, under a strict policy; and no page at all.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { expectCell, pixel, recorded, showCell, TestBrowser, waitForEvent } from './browser.js';
import { DIST, fixture } from './site.js';

const browser = new TestBrowser();

test.each(['/fixtures/six/', '/fixtures/clear/'])('without a worker the page draws by itself: %s', async (src) => {
  const before = () => void Reflect.deleteProperty(window, 'Worker');
  const page = await browser.open(`<gaze-tracker smoothing="1" src="${src}"></gaze-tracker>`, { before });
  await waitForEvent(page, 'progress', { frames: 36 });
  for (const [row, col] of [[0, 5], [5, 0], [2, 3]] as const) await showCell(page, 6, row, col);
  expect((await pixel(page, 0.1, 0.1))[3]).toBe(src.includes('clear') ? 0 : 255);
});

test('when the worker fails, the page goes on by itself', async () => {
  const before = () => {
    const workers: Worker[] = [];
    Object.assign(window, { workers });
    window.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        workers.push(this);
      }
    };
  };
  const page = await browser.open('<gaze-tracker smoothing="1" src="/fixtures/six/"></gaze-tracker>', { before });
  await waitForEvent(page, 'progress', { frames: 36 });
  await showCell(page, 6, 0, 5);
  await page.evaluate(() => {
    window.recorded = [];
    const { workers } = window as unknown as { workers: Worker[] };
    workers[0]!.dispatchEvent(new ErrorEvent('error', { message: 'out of memory', cancelable: true }));
  });
  await waitForEvent(page, 'ready');
  // It still looks where it was told to.
  await expectCell(page, 6, 0, 5);
  await showCell(page, 6, 5, 0);
  expect(await page.evaluate(() => (window as unknown as { workers: Worker[] }).workers.length)).toBe(1);
  expect(await recorded(page, 'error')).toEqual([]);
});

test('when the worker never answers, the page goes on by itself', async () => {
  const before = () => {
    window.Worker = class extends EventTarget {
      postMessage(): void {}
      terminate(): void {}
    } as unknown as typeof Worker;
  };
  const page = await browser.open('<gaze-tracker smoothing="1" src="/fixtures/six/"></gaze-tracker>', { before });
  await waitForEvent(page, 'progress', { frames: 36 });
  await showCell(page, 6, 0, 5);
  expect(await recorded(page, 'error')).toEqual([]);
});

test.each([
  ['reads of blobs', 'Blob.prototype.arrayBuffer = refuse'],
  ['pictures', 'self.createImageBitmap = refuse'],
  ['WebAssembly', 'WebAssembly.compile = WebAssembly.instantiate = refuse'],
])('when the worker is refused %s, the page goes on by itself', async (_, refused) => {
  const before = `window.Worker = class extends Worker {
    constructor(url, options) {
      const code = 'const refuse = async () => { throw new DOMException("no", "NotReadableError"); }; ${refused}; importScripts(' + JSON.stringify(String(url)) + ')';
      super(URL.createObjectURL(new Blob([code])), options);
    }
  };`;
  for (const [folder, source] of [['six', 'pack'], ['rig', 'rig']] as const) {
    const page = await browser.open(`<gaze-tracker smoothing="1" src="/fixtures/${folder}/"></gaze-tracker>`, { before });
    expect(await waitForEvent(page, 'ready')).toMatchObject({ source });
    if (source === 'pack') await showCell(page, 6, 5, 0);
    expect(await recorded(page, 'error')).toEqual([]);
  }
});

test('from file:// with everything in one page', async () => {
  const page = await browser.page();
  const player = readFileSync(join(DIST, 'gaze-tracker.js'), 'utf8').replaceAll('</script', '<\\/script');
  const pack = Buffer.from(fixture('six/frames.gaze')).toString('base64');
  const file = join(mkdtempSync(join(tmpdir(), 'gaze-')), 'page.html');
  writeFileSync(file, `<!doctype html><gaze-tracker smoothing="1"></gaze-tracker><script>window.recorded = []; addEventListener('ready', (e) => recorded.push({ type: 'ready', detail: e.detail }), true);</script>
    <script type="module">${player}</script>
    <script type="module">const bytes = Uint8Array.from(atob('${pack}'), (c) => c.charCodeAt(0));
    document.querySelector('gaze-tracker').src = URL.createObjectURL(new Blob([bytes]));</script>`);
  await page.goto(pathToFileURL(file).href);
  await waitForEvent(page, 'ready');
  await showCell(page, 6, 0, 5);
});

test('under a strict content security policy', async () => {
  const page = await browser.page();
  browser.site.route('/strict.html', (response) => {
    response.setHeader('content-type', 'text/html');
    response.setHeader('content-security-policy', "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    response.end('<!doctype html><script type="module" src="/player/define.js"></script><gaze-tracker src="/fixtures/six/"></gaze-tracker>');
  });
  const refused: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && !/favicon|404/.test(message.text()) && refused.push(message.text())));
  await page.goto(`${browser.site.url}/strict.html`);
  await page.waitForFunction(() => document.querySelector('gaze-tracker')?.ready);
  // The worker is asked for and refused, once; the page draws instead. `worker-src blob:` allows it.
  expect(refused.filter((text) => !/worker-src/.test(text))).toEqual([]);
});

describe('under Trusted Types', () => {
  const REQUIRED = "require-trusted-types-for 'script'";

  /** Opens a page with that policy; what it refuses, and how many workers run. */
  async function open(policy: string, face: string) {
    const page = await browser.page();
    const path = `/trusted-${pages++}.html`;
    browser.site.route(path, (response) => {
      response.setHeader('content-type', 'text/html');
      response.setHeader('content-security-policy', policy);
      response.end(`<!doctype html><script>window.refused = []; addEventListener('securitypolicyviolation', (e) => refused.push(e.effectiveDirective));</script>
        <script type="module" src="/player/define.js"></script>${face}`);
    });
    await page.goto(browser.site.url + path);
    await page.waitForFunction(() => document.querySelector('gaze-tracker')?.ready);
    return { page, workers: page.workers().length, refused: await page.evaluate(() => Reflect.get(window, 'refused') as string[]) };
  }
  let pages = 0;

  const faces = {
    'a pack': '<gaze-tracker smoothing="1" src="/fixtures/six/"></gaze-tracker>',
    'a rig': '<gaze-tracker smoothing="1" src="/fixtures/rig/"></gaze-tracker>',
  };
  describe.each(Object.entries(faces))('%s', (_, face) => {
    test.each([
      ['any policy', REQUIRED],
      ['its own policy', `${REQUIRED}; trusted-types gaze-tracker`],
    ])('with %s, has its worker', async (_, policy) => {
      const { page, workers, refused } = await open(policy, face);
      if (face.includes('six')) await showCell(page, 6, 5, 0);
      expect({ workers, refused }).toEqual({ workers: 1, refused: [] });
    });

    test('with policies of others alone, does without: one refusal', async () => {
      const { page, workers, refused } = await open(`${REQUIRED}; trusted-types others`, face);
      if (face.includes('six')) await showCell(page, 6, 5, 0);
      expect({ workers, refused }).toEqual({ workers: 0, refused: ['trusted-types'] });
    });
  });
});

test('imported on a server it is harmless', async () => {
  const module = await import(join(DIST, 'define.js'));
  expect(typeof module.GazeTracker).toBe('function');
});
