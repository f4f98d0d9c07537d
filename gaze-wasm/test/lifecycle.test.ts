// Elements that are made, moved, removed, and many at a time.
import { expect, test } from 'vitest';
import { expectCell, showCell, TestBrowser, waitForEvent } from './browser.js';

const browser = new TestBrowser();

test('made by script, with properties set before it was defined', async () => {
  const page = await browser.page();
  browser.site.route('/late.html', '<!doctype html><body></body>');
  await page.goto(`${browser.site.url}/late.html`);
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
  const page = await browser.open(`<div id="a"><gaze-tracker smoothing="0.3" src="/fixtures/six/"></gaze-tracker></div><div id="b"></div>`);
  await waitForEvent(page, 'progress', { frames: 36 });
  const asked = () => browser.site.asked.filter((path) => path.endsWith('six/frames.gaze')).length;
  const before = asked();
  await page.evaluate(() => document.getElementById('b')!.append(document.querySelector('gaze-tracker')!));
  await showCell(page, 6, 0, 5);
  expect(asked()).toBe(before);
  await page.evaluate(async () => {
    const face = document.querySelector('gaze-tracker')!;
    face.remove();
    await new Promise((resolve) => setTimeout(resolve, 100));
    window.recorded = [];
    document.body.append(face);
  });
  await waitForEvent(page, 'ready');
  await showCell(page, 6, 5, 5);
});

test('ten on a page can all be steered, and share one download', async () => {
  const faces = Array.from({ length: 10 }, (_, i) => `<gaze-tracker id="f${i}" smoothing="1" src="/fixtures/twenty/frames.gaze"></gaze-tracker>`);
  const before = browser.site.asked.length;
  const page = await browser.open(faces.join(''));
  for (let i = 0; i < 10; i++) await waitForEvent(page, 'ready', { on: `f${i}` });
  expect(browser.site.asked.slice(before).filter((path) => path.endsWith('frames.gaze'))).toHaveLength(1);
  await page.mouse.move(999, 799);
  for (let i = 0; i < 10; i++) {
    await expectCell(page, 20, 19, 19, { selector: `#f${i}` });
  }
});
