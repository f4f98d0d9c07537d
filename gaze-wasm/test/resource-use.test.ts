// What it costs: nothing at rest, nothing out of sight, nothing once removed.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { activityInOneSecond, countActivity, expectCell, gazeOf, picture, showCell, TestBrowser, waitForEvent, waitUntilInactive } from './browser.js';

const browser = new TestBrowser();
const FACE = '<gaze-tracker smoothing="0.3" src="/fixtures/six/"></gaze-tracker>';
const NONE = { draws: 0, frames: 0 };
/** Listeners that all elements of a page share as long as one is there: where the pointer is must be known once a face can follow
 * it. */
const SHARED = 9;

declare global {
  interface Window {
    /** Bytes of the memories of the worker's modules. */
    wasmMemory: number;
  }
}

/** Keeps `window.wasmMemory` up to date with what the worker has instantiated. */
function reportWasmMemory(): void {
  const channel = `wasm ${Math.random()}`;
  new BroadcastChannel(channel).onmessage = ({ data }: MessageEvent<number>) => void (window.wasmMemory = data);
  const watch = (channel: string) => {
    const out = new BroadcastChannel(channel);
    const memories: WebAssembly.Memory[] = [];
    const instantiate = WebAssembly.instantiate as (bytes: BufferSource, imports?: WebAssembly.Imports) => Promise<WebAssembly.WebAssemblyInstantiatedSource>;
    WebAssembly.instantiate = (async (bytes: BufferSource, imports?: WebAssembly.Imports) => {
      const result = await instantiate(bytes, imports);
      memories.push(result.instance.exports.memory as WebAssembly.Memory);
      return result;
    }) as typeof WebAssembly.instantiate;
    const request = requestAnimationFrame;
    globalThis.requestAnimationFrame = (callback) => {
      out.postMessage(memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
      return request(callback);
    };
  };
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(URL.createObjectURL(new Blob([`(${watch})(${JSON.stringify(channel)}); importScripts(${JSON.stringify(String(url))});`])), options);
    }
  };
}

const listeners = (page: Page) => page.evaluate(() => window.activity.listeners);

/** Waits until it looks at the centre of a cell, shows its frame and does nothing more. */
async function expectAtRestOn(page: Page, row: number, col: number): Promise<void> {
  await expect.poll(async () => {
    const { x, y } = await gazeOf(page);
    return Math.hypot(((x + 1) / 2) * 5 - col, ((y + 1) / 2) * 5 - row);
  }).toBeLessThan(1e-6);
  await waitUntilInactive(page);
  await expectCell(page, 6, row, col);
  expect(await activityInOneSecond(page)).toEqual(NONE);
}

describe('at rest', () => {
  test('it draws nothing and requests no frame, before and after it was steered', async () => {
    const page = await browser.open(FACE, { before: countActivity });
    await waitForEvent(page, 'progress', { frames: 36 });
    await waitUntilInactive(page);
    expect(await activityInOneSecond(page)).toEqual(NONE);
    await page.mouse.move(10, 10);
    await page.mouse.move(217, 205);
    // The pointer is nearest to this cell but not at its centre: it ends on one sharp frame all the same.
    await expectAtRestOn(page, 3, 3);
  });

  test.each([0.37, -0.05, 0.93])('lookAt(%d, ...) between cells ends on one frame too', async (x) => {
    const page = await browser.open(FACE, { before: countActivity });
    await waitForEvent(page, 'progress', { frames: 36 });
    await page.evaluate((x) => document.querySelector('gaze-tracker')!.lookAt(x, 0.33), x);
    await expectAtRestOn(page, 3, Math.round(((x + 1) / 2) * 5));
  });
});

describe('out of sight', () => {
  test('off screen it holds no listener of its own and wakes again', async () => {
    const page = await browser.open(`${FACE}<div style="height:5000px"></div>`, { before: countActivity });
    await waitForEvent(page, 'progress', { frames: 36 });
    await waitUntilInactive(page);
    expect(await listeners(page)).toBeGreaterThan(SHARED);
    await page.evaluate(() => scrollTo(0, 4000));
    await expect.poll(() => listeners(page)).toBe(SHARED);
    await page.mouse.move(100, 100);
    await page.mouse.move(900, 700);
    expect(await activityInOneSecond(page)).toEqual(NONE);
    await page.evaluate(() => scrollTo(0, 0));
    await expect.poll(() => listeners(page)).toBeGreaterThan(SHARED);
    await showCell(page, 6, 0, 0);
  });

  test('not displayed, it costs nothing', async () => {
    const page = await browser.open(FACE.replace('smoothing', 'idle smoothing'), { before: countActivity });
    await waitForEvent(page, 'progress', { frames: 36 });
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.hidden = true));
    await expect.poll(() => listeners(page)).toBe(SHARED);
    // Longer than it takes to look around by itself.
    await page.waitForTimeout(3500);
    expect(await activityInOneSecond(page)).toEqual(NONE);
  });

  test('in a hidden page it listens only for becoming visible', async () => {
    const page = await browser.open(FACE, { before: countActivity });
    await waitForEvent(page, 'progress', { frames: 36 });
    await waitUntilInactive(page);
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await expect.poll(() => listeners(page)).toBe(SHARED + 1);
    await page.mouse.move(900, 700);
    expect(await activityInOneSecond(page)).toEqual(NONE);
  });

  test('taken away, it holds nothing', async () => {
    const page = await browser.open(FACE, { before: countActivity });
    await waitForEvent(page, 'progress', { frames: 36 });
    await waitUntilInactive(page);
    await page.evaluate(() => document.querySelector('gaze-tracker')!.remove());
    await expect.poll(() => listeners(page)).toBe(0);
    await page.mouse.move(900, 700);
    expect(await activityInOneSecond(page)).toEqual(NONE);
  });
});

describe('a rig', () => {
  const RIG = '<gaze-tracker smoothing="0.3" style="width:128px" src="/fixtures/rig/"></gaze-tracker>';

  test('at rest it draws nothing, wherever it looks; while it moves, once a frame at most', async () => {
    // So slow that a busy machine draws it often enough as well.
    const page = await browser.open(RIG.replace('0.3', '0.05'), { before: countActivity });
    await waitForEvent(page, 'ready');
    await waitUntilInactive(page);
    const before = await page.evaluate(() => ({ ...window.activity }));
    await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(0.371, -0.222));
    await waitForEvent(page, 'gazechange', { x: 0.371, y: -0.222 });
    await waitUntilInactive(page);
    const { draws, frames } = await page.evaluate(() => window.activity);
    expect(draws - before.draws).toBeGreaterThan(3);
    expect(draws - before.draws).toBeLessThanOrEqual(frames - before.frames);
    // Told the same again, it need not move.
    await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(0.371, -0.222));
    expect((await activityInOneSecond(page)).draws).toBe(0);
  });

  test('out of sight it costs nothing, and looks about again when it comes back', async () => {
    const page = await browser.open(`${RIG.replace('smoothing', 'idle memory="1" smoothing')}${RIG}<div style="height:5000px"></div>`, { before: countActivity });
    await waitForEvent(page, 'ready');
    await page.evaluate(() => scrollTo(0, 4000));
    await expect.poll(() => listeners(page)).toBe(SHARED);
    await page.mouse.move(900, 700);
    await page.waitForTimeout(3500);
    expect(await activityInOneSecond(page)).toEqual(NONE);
    const before = await picture(page);
    await page.evaluate(() => scrollTo(0, 0));
    await page.mouse.move(0, 0);
    await expect.poll(async () => (await picture(page)).every((value, i) => value === before[i])).toBe(false);
  });
});

test.each(['six', 'rig'])('fifty rounds of attaching and removing leak no memory: %s', async (folder) => {
  const page = await browser.open('', { before: reportWasmMemory });
  await page.waitForFunction(() => customElements.get('gaze-tracker'));
  const session = await page.context().newCDPSession(page);
  const round = async (times: number) =>
    page.evaluate(async ([times, folder]) => {
      for (let i = 0; i < times; i++) {
        const face = document.createElement('gaze-tracker');
        face.smoothing = 1;
        face.src = `/fixtures/${folder}/`;
        const ready = new Promise((resolve) => face.addEventListener('ready', resolve, { once: true }));
        document.body.append(face);
        await ready;
        face.lookAt(Math.random() * 2 - 1, Math.random() * 2 - 1);
        await new Promise((resolve) => setTimeout(resolve, 60));
        face.remove();
        await new Promise((resolve) => setTimeout(resolve));
        window.recorded = [];
      }
    }, [times, folder] as const);
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage');
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
    return { usedSize, nodes, jsEventListeners };
  };
  await round(10);
  const before = await heap();
  const wasm = await page.evaluate(() => window.wasmMemory);
  await round(50);
  expect(wasm).toBeGreaterThan(0);
  expect(await page.evaluate(() => window.wasmMemory)).toBe(wasm);
  // What the last rounds have left may still be on its way out; a leak stays.
  await expect.poll(async () => (await heap()).usedSize, { interval: 200 }).toBeLessThan(before.usedSize * 1.05);
  // A face has some twenty nodes: not one of fifty is kept.
  await expect.poll(async () => (await heap()).nodes, { interval: 200 }).toBeLessThanOrEqual(before.nodes + 30);
  await expect.poll(async () => (await heap()).jsEventListeners, { interval: 200 }).toBeLessThanOrEqual(before.jsEventListeners + 2);
});
