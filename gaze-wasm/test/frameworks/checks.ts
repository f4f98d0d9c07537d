// What must hold of the element in an app of any framework.
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { countActivity, type TestBrowser } from '../browser.js';
import type { GazeTracker } from '../../web/element.js';
import type { App, Framework } from './app.js';
import type {} from './apps/shared.js';

/** Waits for what comes some time, on a busy machine too. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

/** `client`: rendered in the browser alone. `hydrated`: rendered by the server, then hydrated by the script that defines
 * the element. `late`: the element is defined, and ready, long before the framework comes. */
export type Way = 'client' | 'hydrated' | 'late';

/** What a page writes to its console, in order. */
interface Console {
  /** Errors and warnings. */
  complaints: string[];
  logs: string[];
}

/** Opens the app; with `late`, once its element is ready. */
async function open(browser: TestBrowser, app: App, way: Way): Promise<Console & { page: Page }> {
  const path = `/app-${Math.random().toString(36).slice(2)}`;
  app.serve(browser.site, path);
  const script = (name: string) => `<script type="module" src="${path}/${name}.js"></script>`;
  browser.site.route(`${path}/index.html`, `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
    <div id="root">${way === 'client' ? '' : app.html}</div>${script(way === 'late' ? 'define' : 'client')}`);
  const page = await browser.page();
  const written = listen(page);
  await page.addInitScript(countActivity);
  await page.goto(`${browser.site.url}${path}/index.html`);
  if (way === 'late') {
    await page.waitForFunction(() => document.querySelector<GazeTracker>('main gaze-tracker')?.ready);
    await page.addScriptTag({ type: 'module', url: `${path}/client.js` });
  }
  await page.waitForFunction(() => window.change);
  return { page, ...written };
}

/** All that follows, in an app that is opened in one of these ways. */
export async function checkApp(browser: TestBrowser, app: App, way: Way): Promise<void> {
  const { page, complaints, logs } = await open(browser, app, way);
  await checkLiving(page);
  await checkEarlyEvents(page, app.framework, way);
  if (app.framework !== 'preact') await checkReadme(logs);
  expect(complaints).toEqual([]);
  await checkChanges(page);
  await checkEvents(page);
  await checkFailure(page);
  await checkRemoval(page);
  // The browser's own word on the address where nothing is.
  expect(complaints.filter((text) => !/404/.test(text))).toEqual([]);
}

export function listen(page: Page): Console {
  const written: Console = { complaints: [], logs: [] };
  page.on('console', (message) => {
    if (/error|warning/.test(message.type())) written.complaints.push(message.text());
    else if (message.type() === 'log') written.logs.push(message.text());
  });
  return written;
}

/** The README's example hears that it is ready, and that it looks about. */
export async function checkReadme(logs: readonly string[]): Promise<void> {
  await eventually(() => logs.filter((text) => /^ready \d+$/.test(text)).length).toBeGreaterThan(0);
  await eventually(() => logs.filter((text) => /^looks /.test(text)).length).toBeGreaterThan(0);
}

export function heard(page: Page): Promise<string[]> {
  return page.evaluate(() => window.heard ?? []);
}

export function change(page: Page, part: Parameters<Window['change']>[0]): Promise<void> {
  return page.evaluate((part) => window.change(part), part);
}

/** A property of the element that the app shows. */
function ofElement<T>(page: Page, name: string): Promise<T> {
  return page.evaluate((name) => Reflect.get(document.querySelector('main gaze-tracker')!, name) as T, name);
}

/** It is ready, the promise tells, and it looks where the pointer is. */
export async function checkLiving(page: Page): Promise<void> {
  await eventually(() => heard(page)).toContain('whenReady 20');
  await eventually(async () => {
    await movePointer(page);
    const { x, y } = await ofElement<{ x: number; y: number }>(page, 'gaze');
    return x > 0.8 && y < -0.2;
  }).toBe(true);
}

let moves = 0;

/** To the upper right: again and again, since a face that waits for long glances about. */
function movePointer(page: Page): Promise<void> {
  return page.mouse.move(990, 10 + (moves++ % 3));
}

/** Which events the handlers have heard when the face has been ready for a while, and has looked about. */
export async function checkEarlyEvents(page: Page, framework: Framework, way: Way): Promise<void> {
  const events = new Set((await heard(page)).map((what) => what.split(' ')[0]));
  // What was before a framework came can be asked for, but is no event any more.
  expect(events.has('ready'), 'ready').toBe(way === 'client' || (way === 'hydrated' && framework !== 'react'));
  // React gives an element that it hydrates no handler before it renders it again.
  expect(events.has('gazechange'), 'gazechange').toBe(way === 'client' || framework !== 'react');
}

/** Events reach the handlers. */
export async function checkEvents(page: Page): Promise<void> {
  await page.evaluate(() => (window.heard = []));
  await page.mouse.move(10, 700);
  await eventually(async () => {
    await movePointer(page);
    return heard(page);
  }).toContain('gazechange true');
  await page.click('main gaze-tracker');
  await eventually(() => heard(page)).toContain('click');
}

/** What the app changes reaches the element: switches, text, a file. */
export async function checkChanges(page: Page): Promise<void> {
  expect(await ofElement(page, 'idle')).toBe(true);
  expect(await ofElement(page, 'hideControls')).toBe(true);
  await change(page, { idle: false, hideControls: false, label: 'Two' });
  await eventually(() => ofElement(page, 'label')).toBe('Two');
  expect(await ofElement(page, 'idle')).toBe(false);
  expect(await ofElement(page, 'hideControls')).toBe(false);
  await page.evaluate(async () => {
    const blob = await (await fetch('/fixtures/six/frames.gaze')).blob();
    window.change({ src: new File([blob], 'face.gaze') });
  });
  await eventually(() => heard(page)).toContain('whenReady 6');
  await eventually(() => heard(page)).toContain('ready 6');
}

/** An address where nothing is: handlers hear of it, and who waits for the face. */
export async function checkFailure(page: Page): Promise<void> {
  await change(page, { src: '/missing/portrait.gaze' });
  await eventually(() => heard(page)).toContain('rejected missing');
  await eventually(() => heard(page)).toContain('error missing');
  expect((await heard(page)).filter((what) => /^on/.test(what))).toEqual([]);
}

/** Removed, it leaves no listener and no work; put back, it lives again. */
export async function checkRemoval(page: Page): Promise<void> {
  await change(page, { src: '/fixtures/twenty/' });
  await page.waitForFunction(() => document.querySelector<GazeTracker>('main gaze-tracker')!.ready);
  await change(page, { shown: false });
  await eventually(() => page.evaluate(() => document.querySelector<GazeTracker>('main gaze-tracker'))).toBe(null);
  await eventually(() => page.evaluate(() => window.activity.listeners)).toBe(0);
  const before = await page.evaluate(() => window.heard.length);
  await page.mouse.move(300, 300);
  await page.mouse.move(10, 10);
  await change(page, { shown: true });
  await page.waitForFunction(() => document.querySelector<GazeTracker>('main gaze-tracker')?.ready);
  expect((await heard(page)).slice(before).filter((what) => /^(error|rejected)/.test(what))).toEqual([]);
}
