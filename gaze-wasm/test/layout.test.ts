// The room that the element takes: before it is defined, before its frames are there, and with every way of giving it a size.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TestBrowser, waitForEvent } from './browser.js';
import { PACKAGE } from './site.js';

const browser = new TestBrowser();
const BELOW = '<p style="margin:0">Text below, which must not move.</p>'.repeat(20);

/** How far a page shifts while its face arrives, as browsers count it, with this in its head. */
async function layoutShift(head: string, face: string): Promise<number> {
  const page = await browser.page();
  const path = `/shift-${Math.random()}.html`;
  browser.site.route(path, `<!doctype html><style>body{margin:0}</style>${head}${face}${BELOW}`);
  await page.goto(browser.site.url + path);
  // The page is on screen before the script arrives.
  await page.evaluate(async () => {
    Object.assign(window, { shift: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) Object.assign(window, { shift: (window as unknown as { shift: number }).shift + (entry as unknown as { value: number }).value });
    }).observe({ type: 'layout-shift', buffered: true });
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
    const script = document.createElement('script');
    Object.assign(script, { type: 'module', src: '/player/define.js' });
    document.head.append(script);
    await customElements.whenDefined('gaze-tracker');
    await document.querySelector('gaze-tracker')!.whenReady;
    for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame);
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  return page.evaluate(() => (window as unknown as { shift: number }).shift);
}

describe('nothing moves', () => {
  const css = readFileSync(join(PACKAGE, 'gaze-tracker.css'), 'utf8');

  test('without a line of CSS it does, so that the measure is one', async () => {
    expect(await layoutShift('', '<gaze-tracker src="/fixtures/six/" style="width:300px"></gaze-tracker>')).toBeGreaterThan(0.1);
  });

  test.each([
    ['the line of the README', '<style>gaze-tracker { display: inline-block; width: 300px; aspect-ratio: 64 / 80; vertical-align: middle; }</style>', ''],
    ['gaze-tracker.css and a width', `<style>${css} gaze-tracker { width: 300px; }</style>`, ''],
    ['gaze-tracker.css and both attributes', `<style>${css}</style>`, 'width="320" height="400"'],
    ['gaze-tracker.css and the default size', `<style>${css}</style>`, 'width="300" height="375"'],
  ])('with %s', async (_, head, attributes) => {
    expect(await layoutShift(head, `<gaze-tracker src="/fixtures/six/" ${attributes}></gaze-tracker>`)).toBeLessThan(0.001);
  });
});

describe('its size', () => {
  async function sizes(faces: Record<string, string>, parent = ''): Promise<Record<string, number[]>> {
    const tags = Object.entries(faces).map(([id, attributes]) => `<div style="${parent}"><gaze-tracker id="${id}" src="/fixtures/six/" ${attributes}></gaze-tracker></div>`);
    const page = await browser.open(tags.join(''));
    for (const id of Object.keys(faces)) await waitForEvent(page, 'ready', { on: id });
    return page.evaluate(() => Object.fromEntries([...document.querySelectorAll('gaze-tracker')].map((face) => {
      const { width, height } = face.getBoundingClientRect();
      return [face.id, [width, height]];
    })));
  }

  test('keeps the ratio where one side is given, as an image does', async () => {
    expect(await sizes({
      height: 'height="40"', width: 'width="32"', both: 'width="128" height="40"',
      'css-height': 'style="height:40px"', 'css-width': 'style="width:50%"', 'css-both': 'style="width:100px;height:100px"',
      most: 'style="max-height:40px"', fixed: 'style="position:fixed;height:120px"', none: '',
    }, 'width:200px')).toEqual({
      height: [32, 40], width: [32, 40], both: [128, 40],
      'css-height': [32, 40], 'css-width': [100, 125], 'css-both': [100, 100],
      most: [32, 40], fixed: [96, 120], none: [64, 80],
    });
  });

  test.each(['display:flex', 'display:flex;flex-direction:column', 'display:grid'])('is its own in a parent with %s', async (parent) => {
    expect(await sizes({ none: '', height: 'style="height:40px"', width: 'style="width:32px"' }, parent)).toEqual({ none: [64, 80], height: [32, 40], width: [32, 40] });
  });

  test('is no wider than its parent', async () => {
    expect(await sizes({ none: '' }, 'width:32px')).toEqual({ none: [32, 40] });
  });
});

async function warnings(page: Page, change: () => void): Promise<string[]> {
  const said: string[] = [];
  page.on('console', (message) => void (message.type() === 'warning' && said.push(message.text())));
  await page.evaluate(change);
  return said;
}

test('an attribute that is no number is told to be none, with what to do', async () => {
  const page = await browser.open('<gaze-tracker src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'ready');
  const said = await warnings(page, () => {
    const face = document.querySelector('gaze-tracker')!;
    for (const [name, value] of [['width', '100%'], ['smoothing', '7'], ['grid', 'many'], ['height', '50'], ['memory', '']] as const) face.setAttribute(name, value);
  });
  expect(said).toHaveLength(3);
  expect(said[0]).toContain('width="100%" is left out: it must be a number from 1 to 16383 of pixels; for all else use style="width: 100%"');
  expect(said[1]).toContain('smoothing="7" is left out: it must be a number from 0.001 to 1');
  expect(said[2]).toContain('grid="many"');
});
