// The element among other things on a page, in Firefox and WebKit: what host.test.ts, layout.test.ts and loading.test.ts ask of
// Chromium, as far as engines differ.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Site } from '../site.js';
import { openFace } from './checks.js';
import { closeEngine, type EnginePage, openEngine, until } from './engine.js';
import { firefox } from './firefox.js';
import { webkit } from './webkit.js';

describe.each([firefox(), webkit])('$name', (engine) => {
  let site: Site;
  let page: EnginePage;
  beforeAll(async () => {
    ({ site, page } = await openEngine(engine));
  });
  afterAll(() => closeEngine(page, site));

  test('adds no attribute to itself, and takes focus and keys', async () => {
    await openFace(site, page, '<gaze-tracker smoothing="1" src="/fixtures/six/"></gaze-tracker>');
    expect(await page.run(`return document.querySelector('gaze-tracker').getAttributeNames()`)).toEqual(['smoothing', 'src']);
    await page.run(`document.querySelector('gaze-tracker').focus()`);
    expect(await page.run('return document.activeElement.localName')).toBe('gaze-tracker');
    await page.run(`document.querySelector('gaze-tracker').shadowRoot.activeElement
      .dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, composed: true, cancelable: true }))`);
    await until(page, `return document.querySelector('gaze-tracker').gaze.x > 0`);
  });

  test('is of the size that an image would have', async () => {
    await openFace(site, page, `<div style="width:200px"><gaze-tracker src="/fixtures/six/"></gaze-tracker> <gaze-tracker height="40" src="/fixtures/six/"></gaze-tracker>
      <gaze-tracker style="width:50%" src="/fixtures/six/"></gaze-tracker> <gaze-tracker style="height:40px" src="/fixtures/six/"></gaze-tracker></div>`);
    await page.run(`await Promise.all([...document.querySelectorAll('gaze-tracker')].map((face) => face.whenReady))`);
    const sizes = await page.run<number[][]>(`return [...document.querySelectorAll('gaze-tracker')].map((face) => {
      const { width, height } = face.getBoundingClientRect(); return [Math.round(width), Math.round(height)]; })`);
    // WebKit does not give a box the width that follows from its height; the picture keeps its ratio in it.
    expect(sizes).toEqual([[64, 80], [32, 40], [100, 125], engine.name === 'WebKit' ? [64, 40] : [32, 40]]);
  });

  test('loads nothing while it is far away', async () => {
    await openFace(site, page, `<gaze-tracker src="/fixtures/six/"></gaze-tracker><div style="height:9000px"></div><gaze-tracker id="far" src="/fixtures/twenty/frames.gaze"></gaze-tracker>`);
    await page.run('await new Promise((resolve) => setTimeout(resolve, 500))');
    expect(site.asked).not.toContain('/fixtures/twenty/frames.gaze');
    await page.run(`document.getElementById('far').scrollIntoView()`);
    await page.run(`await document.getElementById('far').whenReady`);
  });

  test('gives its picture without holding up the page', async () => {
    await openFace(site, page, '<gaze-tracker smoothing="1" src="/fixtures/six/"></gaze-tracker>');
    // Drawing from the element's own canvas takes Firefox ten seconds.
    const taken = await page.run(`const face = document.querySelector('gaze-tracker');
      let drawnFrom = 0;
      const { drawImage } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.drawImage = function (source, ...at) {
        drawnFrom += face.shadowRoot.contains(source);
        return drawImage.call(this, source, ...at);
      };
      const blob = await face.snapshot();
      const bitmap = await createImageBitmap(blob);
      return { type: blob.type, width: bitmap.width, drawnFrom };`);
    expect(taken).toEqual({ type: 'image/png', width: 64, drawnFrom: 0 });
  });

  test('has buttons only where there is room, and a click on one follows no link', async () => {
    await openFace(site, page, '<a href="/elsewhere.html"><gaze-tracker style="width:300px" src="/fixtures/six/"></gaze-tracker></a><gaze-tracker style="width:80px" src="/fixtures/six/"></gaze-tracker>');
    await page.run(`await Promise.all([...document.querySelectorAll('gaze-tracker')].map((face) => face.whenReady))`);
    const shown = await page.run(`return [...document.querySelectorAll('gaze-tracker')].map((face) => face.shadowRoot.querySelector('[part=controls]').getClientRects().length)`);
    expect(shown).toEqual([1, 0]);
    const path = await page.run(`document.querySelector('gaze-tracker').shadowRoot.querySelector('[part~=fullscreen-button]').click();
      await new Promise((resolve) => setTimeout(resolve, 300)); return location.pathname`);
    expect(path).not.toBe('/elsewhere.html');
  });
});
