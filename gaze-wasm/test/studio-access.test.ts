// For everyone: by keyboard, by screen reader, on a phone, in the dark, without motion. axe-core goes through all states.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { ASTRONAUT } from './maker-page.js';
import { drawnPhoto } from './studio-photos.js';
import { act, choose, ready, state, StudioLab, tryNow, MAKING } from './studio-page.js';

const lab = new StudioLab();
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

declare global {
  interface Window {
    axe: { run(options: unknown): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
  }
}

/** What is wrong for somebody, and whether anything sticks out of the screen. */
async function violations(page: Page): Promise<unknown[]> {
  // What fades in is not there yet.
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => undefined))));
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`) }));
  });
  // A phone zooms out where something sticks out of its screen.
  const isWide = await page.evaluate((width) => document.documentElement.scrollWidth > width, page.viewportSize()!.width);
  return isWide ? [...found, 'wider than the screen'] : found;
}

/** Goes through the states; `check` is called in each. */
async function walk(options: BrowserContextOptions, check: (page: Page, name: string) => Promise<void>): Promise<void> {
  const page = await lab.open('', options);
  const at = async (name: string) => {
    await state(page, name);
    await check(page, name);
  };
  await ready(page);
  await at('empty');
  const data = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'me.png', { type: 'image/png' }));
    return data;
  });
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: data });
  await at('dragging');
  await page.dispatchEvent('body', 'dragleave', { dataTransfer: data });
  await choose(page, await drawnPhoto(lab, 0));
  await at('no-face');
  await act(page, 'point');
  await at('point');
  await choose(page, { name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') });
  await at('unreadable');
  await choose(page, await drawnPhoto(lab, 2));
  await at('faces');
  await choose(page, await drawnPhoto(lab, 1, 0.3));
  await at('crop');
  await choose(page, ASTRONAUT);
  await at('alive');
  for (const view of ['share', 'embed', 'download', 'delete']) {
    await act(page, view);
    await at(view);
    await act(page, 'back');
    await state(page, 'alive');
  }
  lab.server.refusals.set('POST api/uploads', { status: 503, body: { error: 'full', overloaded: true, queueLength: 20 } });
  await act(page, 'finer');
  await at('full-line');
  lab.server.refusals.set('POST api/uploads', { status: 429 });
  await act(page, 'finer');
  await at('refused');
  lab.server.refusals.clear();
  await act(page, 'finer');
  await at('queue');
  const id = lab.server.only;
  lab.server.set(id, { state: 'waking', position: 0 });
  await at('waking');
  lab.server.set(id, { state: 'running', stage: 'generating', current: 412, total: 900, progress: 46, etaSeconds: 31 });
  await at('progress');
  lab.server.goDown();
  await at('lost');
  lab.server.isDown = false;
  await tryNow(page);
  await state(page, 'progress');
  lab.server.set(id, { state: 'failed', error: 'the face turned away' });
  await at('finer-failed');
  await act(page, 'finer');
  await state(page, 'queue');
  lab.server.set(id, { state: 'complete', hasFrames: true, seconds: 58, neural: true });
  await at('finer');
  await act(page, 'share');
  await act(page, 'make-link');
  await at('share-link');
  await act(page, 'seen');
  await at('seen');
  await act(page, 'back');
  await state(page, 'share-link');
  await act(page, 'back');
  await act(page, 'embed');
  for (const shape of ['', 'square', 'round']) {
    await page.check(`[name=shape][value="${shape}"]`);
    await at('embed');
  }
  await act(page, 'back');
  await act(page, 'ground');
  await at('cutout');
  await page.click('.corners [data-do=yours]');
  await page.waitForFunction(() => [...document.querySelectorAll<HTMLElementTagNameMap['gaze-tracker']>('.prints gaze-tracker')].every(({ ready }) => ready), null, MAKING);
  await at('history');
  await page.goto(lab.server.url + lab.server.add());
  await ready(page);
  await at('shared');
  await page.click('[data-do=full]');
  await at('full');
  await page.goto(`${lab.server.url}session_1764400000000_abcdefghi`);
  await at('gone');
  await page.goto(lab.server.url + lab.server.add({ state: 'running', hasRig: false }));
  await at('unfinished');
  await page.goto(`${lab.server.url}view/${id}`);
  await at('alone');
  const other = lab.server.add();
  lab.server.goDown();
  await page.evaluate((id) => {
    history.pushState({}, '', id);
    dispatchEvent(new PopStateEvent('popstate'));
  }, other);
  await at('absent');
  lab.server.isDown = false;
}

describe('axe-core finds nothing', () => {
  test.each([
    ['on a desktop, by day', { viewport: { width: 1440, height: 900 }, colorScheme: 'light' }],
    ['on a phone, by night', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true }],
    ['on the smallest phone, without motion', { viewport: { width: 320, height: 568 }, colorScheme: 'light', hasTouch: true, isMobile: true, reducedMotion: 'reduce' }],
  ] as [string, BrowserContextOptions][])('%s', async (_, options) => {
    const found: Record<string, unknown[]> = {};
    const seen = new Set<string>();
    await walk(options, async (page, name) => {
      seen.add(name);
      const wrong = await violations(page);
      if (wrong.length) found[name] = wrong;
    });
    expect(found).toEqual({});
    expect(seen.size).toBe(30);
  }, 400_000);
});

describe('by keyboard', () => {
  test('all controls are reached, in order, and have names', async () => {
    const page = await lab.alive();
    const names: string[] = [];
    for (let i = 0; i < 15; i += 1) {
      await page.keyboard.press('Tab');
      names.push(await page.evaluate(() => {
        const active = document.activeElement as HTMLElement;
        return active.getAttribute('label') ?? active.textContent.trim().replace(/\s+/g, ' ');
      }));
    }
    const order = ['gaze', 'Full screen', 'Yours, one portrait', 'New', 'Your portrait', 'Share', 'Embed', 'Download', 'Background: stays', 'At rest: looks around', 'delete', 'Make it finer'];
    const places = order.map((name) => names.findIndex((found) => found.startsWith(name)));
    expect(places, names.join(' | ')).not.toContain(-1);
    // A circle: the first focus went to the caption.
    const first = places.indexOf(Math.min(...places));
    const turned = [...places.slice(first), ...places.slice(0, first)];
    expect(turned).toEqual([...turned].sort((a, b) => a - b));
  });

  test('the portrait looks where the arrows point, and at what has the focus', async () => {
    const page = await lab.alive();
    const gaze = () => page.evaluate(() => document.querySelector<HTMLElementTagNameMap['gaze-tracker']>('.picture gaze-tracker')!.gaze);
    await page.focus('.picture gaze-tracker');
    for (let i = 0; i < 6; i += 1) await page.keyboard.press('ArrowLeft');
    await expect.poll(async () => (await gaze()).x).toBeLessThan(-0.3);
    await page.keyboard.press('Tab');
    await expect.poll(async () => (await gaze()).x).toBeGreaterThan(0.3);
  });
});

describe('without motion', () => {
  test('nothing fades or draws, and the face does not glance by itself', async () => {
    const page = await lab.queued({ reducedMotion: 'reduce' });
    lab.server.set(lab.server.only, { state: 'running', stage: 'generating', current: 412, total: 900, progress: 46 });
    await state(page, 'progress');
    const animations = await page.evaluate(() => document.getAnimations().filter(({ effect }) => Number(effect?.getComputedTiming().duration) > 1).length);
    expect(animations).toBe(0);
  });
});

describe('the layout', () => {
  test('does not move by itself: on load, and while a finer one is made', async () => {
    const page = await lab.open('', {}, () => {
      const shifts = ((window as unknown as { shifts: number[] }).shifts = []) as number[];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) if (!entry.hadRecentInput) shifts.push(entry.value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    const shifted = () => page.evaluate(() => (window as unknown as { shifts: number[] }).shifts.splice(0).reduce((sum, value) => sum + value, 0));
    await ready(page);
    expect(await shifted()).toBeLessThan(0.01);
    await choose(page, ASTRONAUT);
    await state(page, 'alive');
    await act(page, 'finer');
    await state(page, 'queue');
    await page.waitForTimeout(600);
    await shifted();
    const id = lab.server.only;
    const top = () => page.evaluate(() => document.querySelector('.verbs')!.getBoundingClientRect().y);
    const before = await top();
    for (const news of [{ position: 1 }, { state: 'waking', position: 0 }, { state: 'running', stage: 'generating', current: 1, total: 900, progress: 9 }, { current: 700, progress: 80 }] as const) {
      lab.server.set(id, news);
      await page.waitForTimeout(400);
      expect(Math.abs((await top()) - before)).toBeLessThan(8);
    }
    lab.server.set(id, { state: 'complete', hasFrames: true, seconds: 58 });
    await state(page, 'finer');
    await page.waitForTimeout(600);
    expect(await shifted()).toBeLessThan(0.01);
  });
});
