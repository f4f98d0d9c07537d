// Chromium, and pages with the element on them.
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { GazeTracker } from '../web/element.js';
import { Site } from './site.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--js-flags=--expose-gc',
];

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

export interface PageOptions extends BrowserContextOptions {
  /** Runs in the page before anything else. */
  before?: () => void;
}

/** What a page has told: events of its elements, in order. */
export interface Told {
  type: string;
  detail: Record<string, unknown>;
}

declare global {
  interface Window {
    told: Told[];
    counts: { draws: number; frames: number; listeners: number };
    pixelsOf(selector: string): Promise<ImageData>;
  }
}

export class Bench {
  site!: Site;
  browser!: Browser;
  readonly #pages: { page: Page; problems: string[] }[] = [];

  constructor(readonly flags: string[] = []) {
    beforeAll(async () => {
      this.site = await Site.open();
      this.browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...this.flags] });
    });
    afterEach(async () => {
      for (const { page, problems } of this.#pages.splice(0)) {
        await page.context().close();
        // Whatever goes wrong is an event, never an exception on the loose.
        expect(problems).toEqual([]);
      }
    });
    afterAll(async () => {
      await this.browser?.close();
      await this.site?.close();
    });
  }

  /** Opens a page with this body. */
  async open(body: string, { before, ...options }: PageOptions = {}): Promise<Page> {
    const html = `<!doctype html><html><head><meta name="viewport" content="width=device-width"><style>body{margin:0}</style>
      <script>addEventListener('error', (e) => { if (e.error) window.loose = String(e.error); }, true);
      window.told = [];
      for (const type of ['ready', 'progress', 'gazechange', 'error']) {
        document.addEventListener(type, (e) => {
          if (e.target.localName !== 'gaze-tracker') return;
          window.told.push({ type, detail: type === 'error'
            ? { code: e.error?.code, message: e.message, fatal: e.error?.fatal, on: e.target.id } : { ...e.detail, on: e.target.id } });
        }, true);
      }</script>
      <script type="module" src="/player/define.js"></script></head><body>${body}</body></html>`;
    const path = `/page-${Math.random().toString(36).slice(2)}.html`;
    this.site.route(path, html);
    const page = await this.page(options);
    if (before) await page.addInitScript(before);
    await page.goto(this.site.url + path);
    return page;
  }

  /** An empty page whose loose exceptions fail the test. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
    const page = await context.newPage();
    await page.addInitScript(readPixels);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    this.#pages.push({ page, problems });
    return page;
  }
}

/** Counts draws and animation frames, the worker's among them, and page-wide listeners from the start of the page. */
export function count(): void {
  window.counts = { draws: 0, frames: 0, listeners: 0 };
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D, ...args: unknown[]) {
    window.counts.draws++;
    return (draw as (...args: unknown[]) => void).apply(this, args);
  };
  // A worker counts for itself and says so.
  const channel = `counts ${Math.random()}`;
  new BroadcastChannel(channel).onmessage = ({ data }: MessageEvent<'draws' | 'frames'>) => void window.counts[data]++;
  const countThere = (channel: string) => {
    const out = new BroadcastChannel(channel);
    const draw = OffscreenCanvasRenderingContext2D.prototype.drawImage;
    OffscreenCanvasRenderingContext2D.prototype.drawImage = function (this: OffscreenCanvasRenderingContext2D, ...args: unknown[]) {
      out.postMessage('draws');
      return (draw as (...args: unknown[]) => void).apply(this, args);
    };
    const ask = requestAnimationFrame;
    globalThis.requestAnimationFrame = (callback) => {
      out.postMessage('frames');
      return ask(callback);
    };
  };
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      const code = `(${countThere})(${JSON.stringify(channel)}); importScripts(${JSON.stringify(String(url))});`;
      super(URL.createObjectURL(new Blob([code])), options);
    }
  };
  const ask = window.requestAnimationFrame;
  window.requestAnimationFrame = (callback) => {
    window.counts.frames++;
    return ask.call(window, callback);
  };
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const isPage = this === window || this === document || this instanceof MediaQueryList;
    const signal = typeof options === 'object' ? options?.signal : undefined;
    // The test's own come without a signal.
    if (isPage && signal) {
      window.counts.listeners++;
      add.call(signal, 'abort', () => window.counts.listeners--, { once: true });
    }
    return add.call(this, type, listener, options);
  };
}

/** Waits until the page has told an event of that type that fits. */
export async function told(page: Page, type: string, fits: Record<string, unknown> = {}): Promise<Told['detail']> {
  const handle = await page.waitForFunction(
    ([type, fits]) => window.told.find((t) => t.type === type && Object.entries(fits).every(([k, v]) => t.detail[k] === v))?.detail,
    [type, fits] as const,
    { timeout: 15_000, polling: 20 },
  );
  return (await handle.jsonValue()) as Told['detail'];
}

/** Puts `pixelsOf(selector)` into a page: the picture on an element's canvas, whoever draws it. */
export function readPixels(): void {
  window.pixelsOf = async (selector) => {
    const canvas = document.querySelector(selector)!.shadowRoot!.querySelector('canvas')!;
    const bitmap = await createImageBitmap(canvas).catch(() => undefined);
    if (!bitmap) return new ImageData(1, 1);
    const copy = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    copy.drawImage(bitmap, 0, 0);
    bitmap.close();
    return copy.getImageData(0, 0, copy.canvas.width, copy.canvas.height);
  };
}

/** Waits until nothing moves and the picture stays the same. */
export async function settled(page: Page, selector = 'gaze-tracker'): Promise<void> {
  await page.evaluate(async (selector) => {
    const element = document.querySelector<GazeTracker>(selector)!;
    let [last, still] = ['', 0];
    for (let i = 0; i < 500 && still < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 16));
      const now = `${element.gaze.x},${element.gaze.y},${(await window.pixelsOf(selector)).data.join()}`;
      still = now === last ? still + 1 : 0;
      last = now;
    }
  }, selector);
}

/** A pixel of the element's canvas, as shares of its size. */
export async function pixel(page: Page, x = 0.5, y = 0.5, selector = 'gaze-tracker'): Promise<number[]> {
  return page.evaluate(
    async ([selector, x, y]) => {
      const { data, width, height } = await window.pixelsOf(selector);
      const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
      return [...data.slice(at, at + 4)];
    },
    [selector, x, y] as const,
  );
}

/** The colour that the fixtures give a cell of a grid. */
export function colorOf(grid: number, row: number, col: number): number[] {
  const channel = (i: number) => Math.round(8 + (240 * i) / (grid - 1));
  return [channel(col), channel(row), 128, 255];
}

/** How far two colours are apart, in levels of one channel. */
export function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0))));
}

/** Looks at a cell and waits until its frame is shown. */
export async function lookAtCell(page: Page, grid: number, row: number, col: number, selector = 'gaze-tracker'): Promise<void> {
  await page.evaluate(
    ([selector, x, y]) => document.querySelector<GazeTracker>(selector)!.lookAt(x, y),
    [selector, (2 * col) / (grid - 1) - 1, (2 * row) / (grid - 1) - 1] as const,
  );
}
