// The studio's page before a stand-in of its server, and hands on it.
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type {} from '../web/define.js';
import { CHROMIUM, LIMIT } from './browser.js';
import { ASTRONAUT } from './maker-page.js';
import { StudioServer } from './studio-server.js';

/** More than the slowest machine takes to make a face. */
export const MAKING = { timeout: 120_000 };

export type Photo = string | { name: string; mimeType: string; buffer: Buffer };

/** A browser and a server for the tests of a file: each test gets a server of its own. */
export class StudioLab {
  browser!: Browser;
  server!: StudioServer;
  readonly #contexts: BrowserContext[] = [];
  /** What went wrong in pages: each ends its test. */
  #exceptions: string[] = [];
  /** What was asked of other hosts, and what a policy refused. */
  #strays: string[] = [];

  constructor(prefix = '/', host = '127.0.0.1') {
    beforeAll(async () => {
      this.browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--host-resolver-rules=MAP ${host} 127.0.0.1`] });
    });
    beforeEach(async () => {
      this.server = await StudioServer.open(prefix, host);
    });
    afterEach(async () => {
      for (const context of this.#contexts.splice(0)) await context.close();
      await this.server.close();
      expect(this.#exceptions.splice(0)).toEqual([]);
      expect(this.#strays.splice(0)).toEqual([]);
    });
    afterAll(async () => void (await this.browser?.close()));
  }

  async context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(LIMIT);
    this.#contexts.push(context);
    return context;
  }

  /** Opens the page at an address below the studio's. */
  async open(path = '', options: BrowserContextOptions | BrowserContext = {}, before?: () => void): Promise<Page> {
    const context = 'newPage' in options ? options : await this.context(options);
    const page = await context.newPage();
    if (before) await page.addInitScript(before);
    page.on('pageerror', (error) => this.#exceptions.push(String(error)));
    page.on('console', (message) => void (/Content Security Policy/.test(message.text()) && this.#strays.push(message.text())));
    page.on('request', (request) => {
      const url = request.url();
      if (!/^(blob|data):/.test(url) && !url.startsWith(this.server.url)) this.#strays.push(url);
    });
    await page.goto(this.server.url + path);
    return page;
  }

  /** A photo becomes a face. */
  async alive(options: BrowserContextOptions | BrowserContext = {}, photo: Photo = ASTRONAUT): Promise<Page> {
    const page = await this.open('', options);
    await choose(page, photo);
    await state(page, 'alive');
    return page;
  }

  /** A photo became a face, and waits in the line for its finer version. */
  async queued(options: BrowserContextOptions | BrowserContext = {}): Promise<Page> {
    const page = await this.alive(options);
    await act(page, 'finer');
    await state(page, 'queue');
    return page;
  }
}

export const choose = (page: Page, ...photos: Photo[]) => page.setInputFiles('[data-input=file]', photos as string[]);
export const act = (page: Page, action: string) => page.click(`.label [data-do="${action}"]`);
/** The same, and waits for what the button then says for a moment. */
export const actSaying = async (page: Page, action: string, words: string) => void (await Promise.all([
  page.waitForFunction(([action, words]) => document.querySelector<HTMLElement>(`.label [data-do="${action}"]`)?.innerText === words, [action, words] as const),
  act(page, action),
]));
/** Has a page that has lost the server try again at once, which it may have done by itself meanwhile. */
export const tryNow = (page: Page) => page.evaluate(() => document.querySelector<HTMLElement>('.label [data-do=try-now]')?.click());
export const state = async (page: Page, name: string) => void (await page.waitForFunction((name) => document.body.dataset.state === name, name, MAKING));
export const ready = async (page: Page) => void (await page.waitForFunction(() => document.querySelector('.picture gaze-tracker')?.ready, null, MAKING));
export const label = (page: Page) => page.innerText('.label');
export const title = (page: Page) => page.innerText('.label h1');
export const news = (page: Page) => page.innerText('[role=status]');
/** Where one is, below the studio's address. */
export const place = (page: Page, { url }: StudioServer) => page.url().slice(url.length);
export const focused = (page: Page) => page.evaluate(() => {
  const active = document.activeElement as HTMLElement;
  return active.dataset.do ?? active.tagName;
});
/** How the frame's line is drawn. */
export const frame = (page: Page) => page.evaluate(() => {
  const [picture, frame] = ['.picture', '.frame'].map((query) => document.querySelector<HTMLElement>(query)!) as [HTMLElement, HTMLElement];
  return { done: picture.style.getPropertyValue('--p'), isDrawn: picture.hasAttribute('data-p'), role: frame.getAttribute('role'), now: frame.getAttribute('aria-valuenow') };
});
/** What the browser remembers. */
export const remembered = (page: Page) => page.evaluate(() => JSON.parse(Object.entries(localStorage).find(([key]) => key.startsWith('gaze-studio'))?.[1] ?? '[]') as Record<string, unknown>[]);
