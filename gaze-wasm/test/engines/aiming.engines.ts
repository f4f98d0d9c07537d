// Where the face looks, with a real mouse, in the other engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Site } from '../site.js';
import { openFace } from './checks.js';
import { closeEngine, type EnginePage, openEngine, until } from './engine.js';
import { firefox } from './firefox.js';
import { webkit } from './webkit.js';

const FACE = '<gaze-tracker smoothing="1" hide-controls style="display:block" src="/fixtures/six/frames.gaze"></gaze-tracker>';

describe.each([firefox(), webkit])('$name looks where the pointer is', (engine) => {
  let site: Site;
  let page: EnginePage;
  /** A corner of the viewport, on its last pixel but some. */
  let right: number;
  let low: number;
  /** Places the face in the middle of the viewport, 64 x 80 px. */
  const middle = (width = 64, height = 80) => `position:absolute;left:${Math.round((right + 5 - width) / 2)}px;top:${Math.round((low + 5 - height) / 2)}px`;

  beforeAll(async () => {
    ({ site, page } = await openEngine(engine));
    await openFace(site, page, FACE);
    [right, low] = await page.run<[number, number]>('return [innerWidth - 5, innerHeight - 5]');
  });
  afterAll(() => closeEngine(page, site));

  const open = async (body: string) => {
    await page.move(1, 1);
    await openFace(site, page, body);
  };
  /** Waits until it looks at a cell, of six a side. */
  const shows = (row: number, col: number, where = 'window') =>
    until(page, `const { x, y } = ${where}.document.querySelector('gaze-tracker').gaze; return Math.round((y + 1) * 2.5) === ${row} && Math.round((x + 1) * 2.5) === ${col}`, null, `cell ${row}, ${col}`);
  const looksAhead = (where = 'window') => until(page, `const { x, y } = ${where}.document.querySelector('gaze-tracker').gaze; return Math.hypot(x, y) < 0.3`, null, 'ahead');

  test('also where the page stops events', async () => {
    await open(`${FACE}<script>for (const type of ['pointermove', 'mousemove']) document.addEventListener(type, (event) => event.stopImmediatePropagation(), true)</script>`);
    await page.move(right, low);
    await shows(5, 5);
  });

  test('and where it rests while the page scrolls, is laid out, or moves it', async () => {
    const far = Math.max(right, low);
    await open(`<div id="before"></div><div style="position:relative;left:${Math.round(right / 2)}px;width:64px">${FACE}</div><div style="height:${far * 3}px"></div>`);
    await page.move(right, Math.round(low / 2));
    await page.run(`document.getElementById('before').style.height = ${low - 80} + 'px'`);
    await until(page, `return document.querySelector('gaze-tracker').gaze.y < -0.5`);
    await page.run(`scrollTo(0, ${low - 80})`);
    await until(page, `return document.querySelector('gaze-tracker').gaze.y > 0.5`);
    await page.run(`scrollTo(0, 0)`);
    await until(page, `return document.querySelector('gaze-tracker').gaze.y < -0.5`);
    await page.run(`document.querySelector('gaze-tracker').style.cssText += ';transition:transform .3s;transform:translateY(${80 - low}px)'`);
    await until(page, `return document.querySelector('gaze-tracker').gaze.y > 0.5`);
  });

  test('and where an element moves that is looked at', async () => {
    await open(`<div style="${middle()}">${FACE}</div><p id="goal" style="position:absolute;margin:0;width:4px;height:4px;left:${right}px;top:0"></p>`);
    await page.run(`document.querySelector('gaze-tracker').lookAtElement(document.getElementById('goal'))`);
    await shows(0, 5);
    await page.run(`document.getElementById('goal').style.cssText += ';left:0;top:${low}px'`);
    await until(page, `const { x, y } = document.querySelector('gaze-tracker').gaze; return x < -0.5 && y > 0.4`);
    await page.run(`window.goal = document.getElementById('goal'); goal.remove()`);
    await page.run(`await new Promise((resolve) => setTimeout(resolve, 300)); goal.style.left = '${right}px'; document.body.append(goal)`);
    await until(page, `const { x, y } = document.querySelector('gaze-tracker').gaze; return x > 0.5 && y > 0.4`);
  });

  test.each([
    ['mirrored', 'transform:scaleX(-1)', 1, -1],
    ['turned over', 'transform:rotate(180deg)', -1, -1],
    ['turned by a quarter', 'transform:rotate(90deg)', -1, 1],
    ['seen from behind', 'transform:perspective(900px) rotateY(180deg)', 1, -1],
    ['enlarged', 'transform:scale(2)', 1, 1],
  ] as const)('%s', async (name, style, y, x) => {
    await open(`<div style="${middle()};${style}">${FACE}</div>`);
    await page.move(right, low);
    await until(page, `const { x, y } = document.querySelector('gaze-tracker').gaze; return x * ${x} > 0.5 && y * ${y} > 0.5`, null, name);
  });

  test('zoomed', async () => {
    const [left, top] = [Math.round(right / 2 - 64), Math.round(low / 2 - 80)];
    await open(`<div style="position:absolute;left:${left / 2}px;top:${top / 2}px;zoom:2">${FACE}</div>`);
    const place = await page.run<number[]>(`const at = document.elementFromPoint(${left + 120}, ${top + 150})?.localName; return [at === 'gaze-tracker']`);
    expect(place).toEqual([true]);
    await page.move(left + 64, top + 80);
    await until(page, `const { x, y } = document.querySelector('gaze-tracker').gaze; return Math.hypot(x, y) < 0.3`, null, 'its middle');
  });

  test.each([['transform:scale(3)', 96], ['transform:scaleX(-1)', 32], ['zoom:2', 64], ['transform:rotate(90deg) scale(.5)', 16]])('as many pixels as are seen: %s', async (style, width) => {
    await open(`<div style="position:absolute;left:200px;top:200px;${style}"><gaze-tracker hide-controls style="display:block;width:32px" src="/fixtures/rig/portrait.gaze"></gaze-tracker></div>`);
    await until(page, `return (await window.pixelsOf('gaze-tracker')).width === ${width} * devicePixelRatio`, null, `${width} px`);
  });

  test('ahead, a while after it has left a frame or has gone over one; and goes on in the other document', async () => {
    await open(`<div style="${middle()}">${FACE}</div><iframe srcdoc="<!doctype html><style>body{margin:0;height:3000px}</style>" style="position:absolute;left:${right - 195}px;top:${low - 195}px;width:200px;height:200px;border:0"></iframe>`);
    await page.move(right, low - 250);
    await until(page, `return document.querySelector('gaze-tracker').gaze.x > 0.5`);
    await page.move(right, low);
    await looksAhead();
    await page.move(right, 5);
    await shows(0, 5);
    await page.run(`const face = document.querySelector('gaze-tracker'); face.style.cssText = 'position:absolute;left:68px;top:60px'; document.querySelector('iframe').contentDocument.body.append(face)`);
    const inside = `document.querySelector('iframe').contentWindow`;
    await page.move(right, low);
    await shows(5, 5, inside);
    expect(await page.run(`const face = ${inside}.document.querySelector('gaze-tracker'); return getComputedStyle(face).overflow`)).toBe('hidden');
    await page.move(right - 250, 5);
    await looksAhead(inside);
  });
});
