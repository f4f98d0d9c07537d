// Chromium, and pages with the element on them.
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type {} from '../web/define.js';
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
  before?: string | (() => void);
  /** Address of the script that defines the element. */
  player?: string;
}

/** How long a page may take for whatever a test waits for, in milliseconds. */
export const LIMIT = 60_000;

/** An event of an element on the page. */
export interface RecordedEvent {
  type: string;
  /** The event's detail, and in `on` the element's id. */
  detail: Record<string, unknown>;
}

declare global {
  interface Window {
    /** Events of all elements, in order. */
    recorded: RecordedEvent[];
    activity: Activity & { listeners: number };
    pixelsOf(selector: string): Promise<ImageData>;
  }
}

/** One browser for the tests of a file. */
export class TestBrowser {
  site!: Site;
  browser!: Browser;
  readonly #pages: { page: Page; exceptions: string[] }[] = [];

  constructor(readonly flags: string[] = []) {
    beforeAll(async () => {
      this.site = await Site.open();
      this.browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...this.flags] });
    });
    afterEach(async () => {
      for (const { page, exceptions } of this.#pages.splice(0)) {
        await page.context().close();
        // Whatever goes wrong is an event, never an uncaught exception.
        expect(exceptions).toEqual([]);
      }
    });
    afterAll(async () => {
      await this.browser?.close();
      await this.site?.close();
    });
  }

  /** Opens a page with this body. */
  async open(body: string, { before, player = '/player/define.js', ...options }: PageOptions = {}): Promise<Page> {
    const html = `<!doctype html><html><head><meta name="viewport" content="width=device-width"><style>body{margin:0}</style>
      <script>window.recorded = [];
      for (const type of ['ready', 'progress', 'gazechange', 'error']) {
        document.addEventListener(type, (e) => {
          if (e.target.localName !== 'gaze-tracker') return;
          window.recorded.push({ type, detail: type === 'error'
            ? { code: e.error?.code, message: e.message, fatal: e.error?.fatal, on: e.target.id } : { ...e.detail, on: e.target.id } });
        }, true);
      }</script>
      <script type="module" src="${player}"></script></head><body>${body}</body></html>`;
    const path = `/page-${Math.random().toString(36).slice(2)}.html`;
    this.site.route(path, html);
    const page = await this.page(options);
    if (before) await page.addInitScript(before);
    await page.goto(this.site.url + path);
    return page;
  }

  /** An empty page whose uncaught exceptions fail the test. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
    context.setDefaultTimeout(LIMIT);
    const page = await context.newPage();
    await page.addInitScript(installPixelReader);
    const exceptions: string[] = [];
    page.on('pageerror', (error) => exceptions.push(String(error)));
    this.#pages.push({ page, exceptions });
    return page;
  }
}

/** Waits until the page has recorded an event of that type that has these details. */
export async function waitForEvent(page: Page, type: string, details: Record<string, unknown> = {}): Promise<RecordedEvent['detail']> {
  const handle = await page.waitForFunction(
    ([type, details]) =>
      window.recorded.find((event) => event.type === type && Object.entries(details).every(([key, value]) => event.detail[key] === value))?.detail,
    [type, details] as const,
    { polling: 20 },
  );
  return (await handle.jsonValue()) as RecordedEvent['detail'];
}

/** The events of one type that the page has recorded. */
export async function recorded(page: Page, type: string): Promise<RecordedEvent['detail'][]> {
  return page.evaluate((type) => window.recorded.filter((event) => event.type === type).map(({ detail }) => detail), type);
}

/** Draws and animation frames. */
export interface Activity {
  draws: number;
  frames: number;
}

/** Counts draws and animation frames, the worker's among them, and page-wide listeners from the start of the page. */
export function countActivity(): void {
  window.activity = { draws: 0, frames: 0, listeners: 0 };
  for (const method of ['drawImage', 'putImageData'] as const) {
    const draw = CanvasRenderingContext2D.prototype[method];
    CanvasRenderingContext2D.prototype[method] = function (this: CanvasRenderingContext2D, ...args: unknown[]) {
      window.activity.draws++;
      return (draw as (...args: unknown[]) => void).apply(this, args);
    };
  }
  // A worker counts for itself and reports it.
  const channel = `activity ${Math.random()}`;
  new BroadcastChannel(channel).onmessage = ({ data }: MessageEvent<keyof Activity>) => void window.activity[data]++;
  const countInWorker = (channel: string) => {
    const out = new BroadcastChannel(channel);
    for (const method of ['drawImage', 'putImageData'] as const) {
      const draw = OffscreenCanvasRenderingContext2D.prototype[method];
      OffscreenCanvasRenderingContext2D.prototype[method] = function (this: OffscreenCanvasRenderingContext2D, ...args: unknown[]) {
        out.postMessage('draws');
        return (draw as (...args: unknown[]) => void).apply(this, args);
      };
    }
    const request = requestAnimationFrame;
    globalThis.requestAnimationFrame = (callback) => {
      out.postMessage('frames');
      return request(callback);
    };
  };
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      const code = `(${countInWorker})(${JSON.stringify(channel)}); importScripts(${JSON.stringify(String(url))});`;
      super(URL.createObjectURL(new Blob([code])), options);
    }
  };
  const request = window.requestAnimationFrame;
  window.requestAnimationFrame = (callback) => {
    window.activity.frames++;
    return request.call(window, callback);
  };
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const isPage = this === window || this === document || this instanceof MediaQueryList;
    const signal = typeof options === 'object' ? options?.signal : undefined;
    // The test's own come without a signal.
    if (isPage && signal) {
      window.activity.listeners++;
      add.call(signal, 'abort', () => window.activity.listeners--, { once: true });
    }
    return add.call(this, type, listener, options);
  };
}

/** What happens in a second, on a page that counts. */
export async function activityInOneSecond(page: Page): Promise<Activity> {
  return page.evaluate(async () => {
    const before = { ...window.activity };
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return { draws: window.activity.draws - before.draws, frames: window.activity.frames - before.frames };
  });
}

/** Waits until a second passes in which nothing happens, on a page that counts. */
export async function waitUntilInactive(page: Page): Promise<void> {
  await expect.poll(() => activityInOneSecond(page)).toEqual({ draws: 0, frames: 0 });
}

/** Puts `pixelsOf(selector)` into a page: the picture on an element's canvas, whoever draws it. */
export function installPixelReader(): void {
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

/** The picture on an element's canvas, RGBA. */
export async function picture(page: Page, selector = 'gaze-tracker'): Promise<Uint8Array> {
  // As text: arrays of numbers take seconds.
  const url = await page.evaluate(async (selector) => {
    const reader = new FileReader();
    reader.readAsDataURL(new Blob([(await window.pixelsOf(selector)).data]));
    await new Promise((resolve) => (reader.onload = resolve));
    return reader.result as string;
  }, selector);
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
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

/** Lossy compression, twice for sheets, of flat colours. */
export const TOLERANCE = 6;

/** Waits until the middle of the picture has this colour. A frame is on screen some time after its event. */
export async function expectColor(page: Page, color: readonly number[], { tolerance = TOLERANCE, selector = 'gaze-tracker', message = '' } = {}): Promise<void> {
  await expect.poll(async () => distance(await pixel(page, 0.5, 0.5, selector), color), { message }).toBeLessThanOrEqual(tolerance);
}

/** Waits until the picture is that of a cell. */
export async function expectCell(page: Page, grid: number, row: number, col: number, options: { tolerance?: number; selector?: string } = {}): Promise<void> {
  await expectColor(page, colorOf(grid, row, col), { message: `cell ${row}, ${col}`, ...options });
}

/** Looks at a cell. */
export async function lookAtCell(page: Page, grid: number, row: number, col: number): Promise<void> {
  const [x, y] = [(2 * col) / (grid - 1) - 1, (2 * row) / (grid - 1) - 1];
  await page.evaluate(([x, y]) => document.querySelector('gaze-tracker')!.lookAt(x, y), [x, y] as const);
}

/** Looks at a cell and waits until its frame is shown. */
export async function showCell(page: Page, grid: number, row: number, col: number, options: { tolerance?: number } = {}): Promise<void> {
  await lookAtCell(page, grid, row, col);
  await expectCell(page, grid, row, col, options);
}

/** Where the element looks. */
export async function gazeOf(page: Page): Promise<{ x: number; y: number }> {
  return page.evaluate(() => document.querySelector('gaze-tracker')!.gaze);
}
