// Pages for the tests of aiming: a square viewport, in which full deflection lies 400 px from its middle at 400, 400.
import type { Frame, Page } from 'playwright-core';
import { expectCell, waitForEvent, type PageOptions, type TestBrowser } from './browser.js';

/** Of the page. */
export const viewport = { width: 800, height: 800 };

/** Opens a page with this body, and waits until the face of six cells a side is there whole. */
export async function openAimPage(browser: TestBrowser, body: string, options: PageOptions = {}): Promise<Page> {
  const page = await browser.open(body, { viewport, ...options });
  await waitForEvent(page, 'progress', { frames: 36 });
  return page;
}

/** Waits until the picture is that of a cell. */
export const shows = (page: Page, row: number, col: number): Promise<void> => expectCell(page, 6, row, col);

/** Runs the body of an async function in which `face` is the element; gives what it returns. */
export function run<T>(page: Page | Frame, body: string): Promise<T> {
  return page.evaluate(`(async () => { const face = document.querySelector('gaze-tracker'); ${body} })()`) as Promise<T>;
}
