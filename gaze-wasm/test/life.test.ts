// What it costs: nothing at rest, nothing unseen, nothing when gone.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { Bench, colorOf, count, distance, lookAtCell, pixel, settled, told } from './browser.js';
import { DIST, fixture } from './site.js';

const bench = new Bench();
const FACE = '<gaze-tracker smoothing="0.3" src="/fixtures/six/"></gaze-tracker>';

/** What happens in a second. */
async function second(page: Page): Promise<{ draws: number; frames: number }> {
  return page.evaluate(async () => {
    const before = { ...window.counts };
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return { draws: window.counts.draws - before.draws, frames: window.counts.frames - before.frames };
  });
}

const listeners = (page: Page) => page.evaluate(() => window.counts.listeners);

describe('at rest', () => {
  test('it draws nothing and asks for no frame, before and after it was steered', async () => {
    const page = await bench.open(FACE, { before: count });
    await told(page, 'progress', { frames: 36 });
    await page.waitForTimeout(300);
    expect(await second(page)).toEqual({ draws: 0, frames: 0 });
    await page.mouse.move(10, 10);
    await page.mouse.move(777, 555);
    await page.waitForTimeout(2000);
    expect(await second(page)).toEqual({ draws: 0, frames: 0 });
    // The pointer rests on no cell's centre: one sharp frame all the same.
    const gaze = await page.evaluate(() => document.querySelector('gaze-tracker')!.gaze);
    const [col, row] = [((gaze.x + 1) / 2) * 5, ((gaze.y + 1) / 2) * 5];
    expect(Math.abs(col - Math.round(col)) + Math.abs(row - Math.round(row))).toBeLessThan(1e-6);
    expect(distance(await pixel(page), colorOf(6, Math.round(row), Math.round(col)))).toBeLessThanOrEqual(6);
  });

  test.each([0.37, -0.05, 0.93])('lookAt(%d, ...) between cells ends on one frame too', async (x) => {
    const page = await bench.open(FACE, { before: count });
    await told(page, 'progress', { frames: 36 });
    await page.evaluate((x) => document.querySelector('gaze-tracker')!.lookAt(x, 0.33), x);
    await page.waitForTimeout(1500);
    expect(await second(page)).toEqual({ draws: 0, frames: 0 });
    expect(distance(await pixel(page), colorOf(6, 3, Math.round(((x + 1) / 2) * 5)))).toBeLessThanOrEqual(6);
  });
});

describe('unseen', () => {
  test('off screen it holds no listener and wakes again', async () => {
    const page = await bench.open(`${FACE}<div style="height:5000px"></div>`, { before: count });
    await told(page, 'progress', { frames: 36 });
    await expect.poll(() => listeners(page)).toBeGreaterThan(0);
    await page.evaluate(() => scrollTo(0, 4000));
    await expect.poll(() => listeners(page)).toBe(0);
    await page.mouse.move(100, 100);
    await page.mouse.move(900, 700);
    expect(await second(page)).toEqual({ draws: 0, frames: 0 });
    await page.evaluate(() => scrollTo(0, 0));
    await expect.poll(() => listeners(page)).toBeGreaterThan(0);
    await lookAtCell(page, 6, 0, 0);
    await expect.poll(async () => distance(await pixel(page), colorOf(6, 0, 0))).toBeLessThanOrEqual(6);
  });

  test('not displayed, it costs nothing', async () => {
    const page = await bench.open(FACE.replace('smoothing', 'idle smoothing'), { before: count });
    await told(page, 'progress', { frames: 36 });
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.hidden = true));
    await expect.poll(() => listeners(page)).toBe(0);
    await page.waitForTimeout(3500);
    expect(await second(page)).toEqual({ draws: 0, frames: 0 });
  });

  test('in a hidden page it waits for nothing but to be seen', async () => {
    const page = await bench.open(FACE, { before: count });
    await told(page, 'progress', { frames: 36 });
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    expect(await listeners(page)).toBe(1);
    await page.mouse.move(900, 700);
    expect(await second(page)).toEqual({ draws: 0, frames: 0 });
  });

  test('taken away, it holds nothing', async () => {
    const page = await bench.open(FACE, { before: count });
    await told(page, 'progress', { frames: 36 });
    await page.evaluate(() => document.querySelector('gaze-tracker')!.remove());
    await expect.poll(() => listeners(page)).toBe(0);
    await page.mouse.move(900, 700);
    expect(await second(page)).toEqual({ draws: 0, frames: 0 });
  });
});

describe('comings and goings', () => {
  test('made by script, with properties set before it was defined', async () => {
    const page = await bench.page();
    bench.site.route('/late.html', '<!doctype html><body></body>');
    await page.goto(`${bench.site.url}/late.html`);
    const detail = page.evaluate(async () => {
      const early = document.createElement('gaze-tracker') as HTMLElementTagNameMap['gaze-tracker'];
      early.src = '/fixtures/six/';
      early.smoothing = 0.5;
      early.hideControls = true;
      document.body.append(early);
      const ready = new Promise((resolve) => early.addEventListener('ready', (e) => resolve((e as CustomEvent).detail)));
      return { ready: await ready, attributes: early.getAttributeNames().sort(), smoothing: early.smoothing };
    });
    await page.addScriptTag({ type: 'module', url: '/player/define.js' });
    expect(await detail).toMatchObject({ ready: { grid: 6 }, smoothing: 0.5 });
    expect((await detail).attributes).toContain('hide-controls');
  });

  test('moved, it goes on without loading again; removed and put back, it loads', async () => {
    const page = await bench.open(`<div id="a">${FACE}</div><div id="b"></div>`);
    await told(page, 'progress', { frames: 36 });
    const asked = () => bench.site.asked.filter((path) => path.endsWith('six/frames.gaze')).length;
    const before = asked();
    await page.evaluate(() => document.getElementById('b')!.append(document.querySelector('gaze-tracker')!));
    await page.waitForTimeout(200);
    expect(asked()).toBe(before);
    await lookAtCell(page, 6, 0, 5);
    await expect.poll(async () => distance(await pixel(page), colorOf(6, 0, 5))).toBeLessThanOrEqual(6);
    await page.evaluate(async () => {
      const face = document.querySelector('gaze-tracker')!;
      face.remove();
      await new Promise((resolve) => setTimeout(resolve, 100));
      window.told = [];
      document.body.append(face);
    });
    await told(page, 'ready');
    await lookAtCell(page, 6, 5, 5);
    await expect.poll(async () => distance(await pixel(page), colorOf(6, 5, 5))).toBeLessThanOrEqual(6);
  });

  test('ten on a page are all live, and share one download', async () => {
    const faces = Array.from({ length: 10 }, (_, i) => `<gaze-tracker id="f${i}" smoothing="1" src="/fixtures/twenty/frames.gaze"></gaze-tracker>`);
    const before = bench.site.asked.length;
    const page = await bench.open(faces.join(''));
    for (let i = 0; i < 10; i++) await told(page, 'ready', { on: `f${i}` });
    expect(bench.site.asked.slice(before).filter((path) => path.endsWith('frames.gaze'))).toHaveLength(1);
    await page.mouse.move(999, 799);
    for (let i = 0; i < 10; i++) {
      await expect.poll(async () => distance(await pixel(page, 0.5, 0.5, `#f${i}`), colorOf(20, 19, 19))).toBeLessThanOrEqual(6);
    }
  });

  test('fifty rounds of attaching leave no memory behind', async () => {
    const page = await bench.open('');
    await page.waitForFunction(() => customElements.get('gaze-tracker'));
    const session = await page.context().newCDPSession(page);
    const round = async (times: number) =>
      page.evaluate(async (times) => {
        for (let i = 0; i < times; i++) {
          const face = document.createElement('gaze-tracker');
          face.smoothing = 1;
          face.src = '/fixtures/six/';
          const ready = new Promise((resolve) => face.addEventListener('ready', resolve, { once: true }));
          document.body.append(face);
          await ready;
          face.lookAt(Math.random() * 2 - 1, Math.random() * 2 - 1);
          await new Promise((resolve) => setTimeout(resolve, 60));
          face.remove();
          await new Promise((resolve) => setTimeout(resolve));
          window.told = [];
        }
      }, times);
    const heap = async () => {
      await session.send('HeapProfiler.collectGarbage');
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
      return { usedSize, nodes, jsEventListeners };
    };
    await round(10);
    const before = await heap();
    await round(50);
    const after = await heap();
    expect(after.usedSize).toBeLessThan(before.usedSize * 1.05);
    // A face has some twenty nodes: not one of fifty is kept.
    expect(after.nodes).toBeLessThanOrEqual(before.nodes + 30);
    expect(after.jsEventListeners).toBeLessThanOrEqual(before.jsEventListeners + 2);
  });
});

describe('looks', () => {
  test('has a role and a label, and the page has the last word', async () => {
    const page = await bench.open('<gaze-tracker label="Ada" src="/fixtures/six/"></gaze-tracker><gaze-tracker role="presentation" src="/fixtures/six/"></gaze-tracker>');
    await told(page, 'ready');
    const session = await page.context().newCDPSession(page);
    const names = async () => {
      const { nodes } = await session.send('Accessibility.getFullAXTree');
      return nodes.filter((node) => node.role?.value === 'image').map((node) => node.name?.value);
    };
    expect(await names()).toEqual(['Ada']);
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.label = 'Grace'));
    expect(await names()).toEqual(['Grace']);
  });

  test('takes its size from the frames, the attributes, or the page', async () => {
    const page = await bench.open(`<gaze-tracker id="a" src="/fixtures/six/"></gaze-tracker>
      <gaze-tracker id="b" width="128" height="160" src="/fixtures/six/"></gaze-tracker>
      <gaze-tracker id="c" style="width:200px" src="/fixtures/six/"></gaze-tracker>`);
    for (const id of ['a', 'b', 'c']) await told(page, 'ready', { on: id });
    const size = (id: string) => page.evaluate((id) => { const { width, height } = document.getElementById(id)!.getBoundingClientRect(); return [width, height]; }, id);
    expect(await size('a')).toEqual([64, 80]);
    expect(await size('b')).toEqual([128, 160]);
    expect(await size('c')).toEqual([200, 250]);
  });

  test('shows the portrait first, or what stands in it', async () => {
    bench.site.route('/slow/input.jpg', fixture('six/input.jpg'));
    bench.site.route('/slow/frames.gaze', () => undefined);
    const page = await bench.open(`<gaze-tracker id="a" src="/slow/"></gaze-tracker>
      <gaze-tracker id="b" src="/slow/frames.gaze"><b>portrait</b></gaze-tracker>`);
    const natural = (id: string) => page.evaluate((id) => {
      return document.getElementById(id)!.shadowRoot!.querySelector('img')?.naturalWidth ?? 0;
    }, id);
    await expect.poll(() => natural('a')).toBe(64);
    expect(await natural('b')).toBe(0);
    expect(await page.locator('#b b').isVisible()).toBe(true);
  });

  test('buttons: fullscreen there, gone with hide-controls, styled by part', async () => {
    const page = await bench.open('<style>gaze-tracker::part(fullscreen-button){background:rgb(1,2,3)}</style><gaze-tracker style="width:300px" src="/fixtures/six/"></gaze-tracker>');
    await told(page, 'ready');
    const button = page.locator('gaze-tracker').getByRole('button', { name: 'Full screen' });
    expect(await button.evaluate((b) => getComputedStyle(b).backgroundColor)).toBe('rgb(1, 2, 3)');
    await button.click();
    await expect.poll(() => page.evaluate(() => document.fullscreenElement?.localName)).toBe('gaze-tracker');
    await page.evaluate(() => document.exitFullscreen());
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.hideControls = true));
    expect(await button.isVisible()).toBe(false);
  });

  test.each([1, 2, 3])('is sharp at %d device pixels a CSS pixel', async (deviceScaleFactor) => {
    const page = await bench.open('<gaze-tracker style="width:32px" src="/fixtures/six/"></gaze-tracker>', { deviceScaleFactor });
    await told(page, 'ready');
    const width = await page.evaluate(async () => (await window.pixelsOf('gaze-tracker')).width);
    // As many pixels as are shown, and no more than there are.
    expect(width).toBe(Math.min(64, 32 * deviceScaleFactor));
  });
});

describe('elsewhere', () => {
  test.each(['/fixtures/six/', '/fixtures/clear/'])('without a worker the page draws by itself: %s', async (src) => {
    const before = () => void Reflect.deleteProperty(window, 'Worker');
    const page = await bench.open(`<gaze-tracker smoothing="1" src="${src}"></gaze-tracker>`, { before });
    await told(page, 'progress', { frames: 36 });
    for (const [row, col] of [[0, 5], [5, 0], [2, 3]] as const) {
      await lookAtCell(page, 6, row, col);
      await expect.poll(async () => distance(await pixel(page), colorOf(6, row, col))).toBeLessThanOrEqual(6);
    }
    expect((await pixel(page, 0.1, 0.1))[3]).toBe(src.includes('clear') ? 0 : 255);
  });

  test('when the worker breaks down, the page goes on by itself', async () => {
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
    const page = await bench.open('<gaze-tracker smoothing="1" src="/fixtures/six/"></gaze-tracker>', { before });
    await told(page, 'progress', { frames: 36 });
    await lookAtCell(page, 6, 0, 5);
    await expect.poll(async () => distance(await pixel(page), colorOf(6, 0, 5))).toBeLessThanOrEqual(6);
    await page.evaluate(() => {
      window.told = [];
      const { workers } = window as unknown as { workers: Worker[] };
      workers[0]!.dispatchEvent(new ErrorEvent('error', { message: 'out of memory', cancelable: true }));
    });
    await told(page, 'ready');
    // What it was told to look at holds.
    await expect.poll(async () => distance(await pixel(page), colorOf(6, 0, 5))).toBeLessThanOrEqual(6);
    await lookAtCell(page, 6, 5, 0);
    await expect.poll(async () => distance(await pixel(page), colorOf(6, 5, 0))).toBeLessThanOrEqual(6);
    expect(await page.evaluate(() => (window as unknown as { workers: Worker[] }).workers.length)).toBe(1);
    expect(await page.evaluate(() => window.told.filter((t) => t.type === 'error'))).toEqual([]);
  });

  test('from file:// with everything in one page', async () => {
    const page = await bench.page();
    const player = readFileSync(join(DIST, 'gaze-tracker.js'), 'utf8').replaceAll('</script', '<\\/script');
    const pack = Buffer.from(fixture('six/frames.gaze')).toString('base64');
    const file = join(mkdtempSync(join(tmpdir(), 'gaze-')), 'page.html');
    writeFileSync(file, `<!doctype html><gaze-tracker smoothing="1"></gaze-tracker><script>window.told = []; addEventListener('ready', (e) => told.push({ type: 'ready', detail: e.detail }), true);</script>
      <script type="module">${player}</script>
      <script type="module">const bytes = Uint8Array.from(atob('${pack}'), (c) => c.charCodeAt(0));
      document.querySelector('gaze-tracker').src = URL.createObjectURL(new Blob([bytes]));</script>`);
    await page.goto(pathToFileURL(file).href);
    await told(page, 'ready');
    await lookAtCell(page, 6, 0, 5);
    await settled(page);
    await expect.poll(async () => distance(await pixel(page), colorOf(6, 0, 5))).toBeLessThanOrEqual(6);
  });

  test('under a strict content security policy', async () => {
    const page = await bench.page();
    bench.site.route('/strict.html', (response) => {
      response.setHeader('content-type', 'text/html');
      response.setHeader('content-security-policy', "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
      response.end('<!doctype html><script type="module" src="/player/define.js"></script><gaze-tracker src="/fixtures/six/"></gaze-tracker>');
    });
    const refused: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && !/favicon|404/.test(message.text()) && refused.push(message.text())));
    await page.goto(`${bench.site.url}/strict.html`);
    await page.waitForFunction(() => document.querySelector('gaze-tracker')?.ready);
    // The worker is asked for and refused, once; the page draws instead. `worker-src blob:` allows it.
    expect(refused.filter((text) => !/worker-src/.test(text))).toEqual([]);
  });

  test('imported on a server it is harmless', async () => {
    const module = await import(join(DIST, 'define.js'));
    expect(typeof module.GazeTracker).toBe('function');
  });
});
