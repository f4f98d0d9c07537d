// It looks where the pointer is, also where the pointer rests and something else moves.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openAimPage, run, shows, viewport } from './aim-page.js';
import { activityInOneSecond, countActivity, gazeOf, recorded, TestBrowser, waitForEvent, waitUntilInactive, type PageOptions } from './browser.js';

const browser = new TestBrowser();
const PINNED = 'position:fixed;left:368px;top:360px';
const face = (style = '', more = '') => `<gaze-tracker smoothing="1" hide-controls style="${style}" src="/fixtures/six/frames.gaze" ${more}></gaze-tracker>`;

const open = (body: string, options?: PageOptions) => openAimPage(browser, body, options);

describe('a pointer that rests', () => {
  test('is looked at when the page scrolls under it', async () => {
    const page = await open(`<div style="height:3000px"></div>${face('position:absolute;left:368px;top:760px')}`);
    await run(page, 'scrollTo(0, 400)');
    await page.mouse.move(790, 790);
    await shows(page, 5, 5);
    await page.mouse.move(790, 400);
    await run(page, 'scrollTo(0, 0)');
    await shows(page, 0, 5);
    await run(page, 'scrollTo(0, 740)');
    await shows(page, 5, 5);
  });

  test('is looked at when something around the face scrolls, in a shadow tree too', async () => {
    const page = await open(`<div id="panel"><div style="height:1800px;position:relative">${face('position:absolute;left:368px;top:760px')}</div></div>`, {
      before: () => addEventListener('DOMContentLoaded', () => {
        const root = document.getElementById('panel')!.attachShadow({ mode: 'open' });
        root.innerHTML = '<div id="scroller" style="height:800px;overflow:auto"><slot></slot></div>';
        root.getElementById('scroller')!.scrollTop = 40;
      }),
    });
    await page.mouse.move(790, 400);
    await shows(page, 0, 5);
    await run(page, `document.getElementById('panel').shadowRoot.getElementById('scroller').scrollTop = 740`);
    await shows(page, 5, 5);
    // Half of it is hidden.
    await run(page, `document.getElementById('panel').shadowRoot.getElementById('scroller').scrollTop = 0`);
    await shows(page, 0, 5);
  });

  test.each([
    ['by what comes before it', `document.getElementById('before').style.height = '700px'`],
    ['by its own style', `face.style.cssText = 'position:fixed;left:368px;top:700px'`],
    ['by a transform', `face.style.transform = 'translateY(690px)'`],
    ['by a transition', `face.style.transition = 'transform .4s'; face.style.transform = 'translateY(690px)'`],
    ['by a script, frame by frame', `let y = 0; const step = () => { face.style.transform = 'translateY(' + (y += 23) + 'px)'; if (y < 690) requestAnimationFrame(step); }; step()`],
    ['by an animation of the page', `document.body.animate([{ transform: 'none' }, { transform: 'translateY(690px)' }], { duration: 400, fill: 'forwards' })`],
    ['by growth', `face.style.width = '600px'; face.style.height = '1500px'`],
    ['into another parent', `document.getElementById('after').append(face)`],
  ])('is looked at when the face is moved %s', async (_, move) => {
    const page = await open(`<div id="before"></div>${face('display:block')}<div id="after" style="position:absolute;top:720px"></div>`);
    await page.mouse.move(790, 400);
    await shows(page, 5, 5);
    await run(page, move);
    await shows(page, 0, 5);
  });

  test('is looked at when it moved before the face was there', async () => {
    let answer = () => {};
    const { readFileSync } = await import('node:fs');
    const { FIXTURES } = await import('./site.js');
    browser.site.route('/late/frames.gaze', (response) => (answer = () => response.end(readFileSync(`${FIXTURES}/six/frames.gaze`))));
    const page = await browser.open(face(PINNED).replace('/fixtures/six', '/late'), { viewport });
    await page.waitForFunction(() => customElements.get('gaze-tracker'));
    await page.mouse.move(790, 10);
    await expect.poll(() => browser.site.asked.includes('/late/frames.gaze')).toBe(true);
    answer();
    await shows(page, 0, 5);
  });

  test('is looked at when it moved while the face was out of sight, hidden, paused, or held', async () => {
    const page = await open(`${face('position:absolute;left:368px;top:360px')}<div style="height:4000px"></div>`);
    const corners = [[790, 10, 0, 5], [10, 10, 0, 0], [10, 790, 5, 0], [790, 790, 5, 5]] as const;
    const ways = [['scrollTo(0, 3000)', 'scrollTo(0, 0)'], ['face.hidden = true', 'face.hidden = false'], ['face.pause()', 'face.resume()'], ['face.lookAt(0, 0)', 'face.follow()']] as const;
    for (const [i, [x, y, row, col]] of corners.entries()) {
      await run(page, ways[i]![0]);
      await page.waitForTimeout(200);
      await page.mouse.move(x, y);
      await page.waitForTimeout(100);
      await run(page, ways[i]![1]);
      await shows(page, row, col);
    }
  });

  test('is looked at by a face that comes later', async () => {
    const page = await open(face(PINNED));
    await page.mouse.move(790, 10);
    await shows(page, 0, 5);
    await run(page, `const other = face.cloneNode(); window.recorded = []; face.replaceWith(other)`);
    await waitForEvent(page, 'ready');
    await shows(page, 0, 5);
  });

  test('is looked at when the window changes its size', async () => {
    const page = await open(face('position:fixed;right:400px;bottom:300px'));
    await page.mouse.move(400, 480);
    await shows(page, 3, 3);
    await page.setViewportSize({ width: 800, height: 1500 });
    await shows(page, 0, 3);
  });

  test('does not undo what keys have steered since', async () => {
    const page = await open(`${face('position:absolute;left:368px;top:760px')}<div style="height:4000px"></div>`);
    await page.mouse.move(790, 10);
    await shows(page, 0, 5);
    await page.keyboard.press('Tab');
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowLeft');
    await shows(page, 0, 0);
    await run(page, 'scrollTo(0, 300)');
    await run(page, `face.style.left = '300px'`);
    await page.waitForTimeout(600);
    await shows(page, 0, 0);
    await page.mouse.move(790, 12);
    await shows(page, 0, 5);
  });

  test('does not undo lookAt', async () => {
    const page = await open(`${face('position:absolute;left:368px;top:360px')}<div style="height:4000px"></div>`);
    await run(page, 'face.lookAt(-1, 1)');
    await shows(page, 5, 0);
    await page.mouse.move(790, 10);
    await run(page, 'scrollTo(0, 200)');
    await page.waitForTimeout(400);
    await shows(page, 5, 0);
    await run(page, 'face.follow()');
    await shows(page, 0, 5);
  });
});

describe('lookAtElement', () => {
  const GOAL = '<section><p id="goal" style="position:absolute;left:750px;top:10px;width:40px;height:20px;margin:0"></p></section>';

  async function looking(body = GOAL): Promise<Page> {
    const page = await open(`${face(PINNED)}${body}`);
    await run(page, `face.lookAtElement(document.getElementById('goal'))`);
    await shows(page, 0, 5);
    return page;
  }

  test.each([
    ['by its style', `goal.style.top = '770px'`],
    ['by what comes before it', `goal.style.position = 'static'; goal.style.marginLeft = '750px'; const space = document.createElement('div'); space.style.height = '770px'; goal.before(space)`],
    ['by a transition', `goal.style.transition = 'top .3s'; goal.offsetTop; goal.style.top = '770px'`],
    ['by an animation of its parent', `goal.parentElement.animate([{ transform: 'none' }, { transform: 'translateY(760px)' }], { duration: 300, fill: 'forwards' })`],
    ['by growth', `goal.style.height = '1500px'`],
  ])('follows it when it is moved %s', async (_, move) => {
    const page = await looking();
    await run(page, `const goal = document.getElementById('goal'); ${move}`);
    await shows(page, 5, 5);
  });

  test.each(['goal.remove()', 'goal.hidden = true'])('keeps the direction after %s, and finds it where it appears again', async (away) => {
    const page = await looking();
    await run(page, `window.goal = document.getElementById('goal'); ${away}`);
    await page.waitForTimeout(500);
    await shows(page, 0, 5);
    await run(page, `goal.hidden = false; goal.style.cssText += 'left:10px;top:770px'; document.body.append(goal)`);
    await shows(page, 5, 0);
  });

  test('looks at one that is not there yet', async () => {
    const page = await open(face(PINNED));
    await run(page, `window.goal = document.createElement('span'); goal.textContent = 'x'; goal.style.cssText = 'position:absolute;left:10px;top:770px'; face.lookAtElement(goal)`);
    await page.waitForTimeout(200);
    await run(page, 'document.body.append(goal)');
    await shows(page, 5, 0);
  });
});

describe('at rest', () => {
  test('it does nothing, wherever it looks and whatever animation goes on above it that does not move it', async () => {
    const page = await open(`<style>@keyframes glow { to { background: #eee } } main { animation: glow 1s infinite alternate }</style>
      <main>${face(PINNED)}<p id="goal" style="position:absolute;left:750px;top:10px">x</p></main><div style="height:3000px"></div>`, { before: countActivity });
    await page.mouse.move(790, 10);
    await shows(page, 0, 5);
    await waitUntilInactive(page);
    await run(page, 'scrollTo(0, 100)');
    await waitUntilInactive(page);
    await run(page, `face.lookAtElement(document.getElementById('goal'))`);
    await waitUntilInactive(page);
    expect(await activityInOneSecond(page)).toEqual({ draws: 0, frames: 0 });
  });

  test('fifty faces share their listeners', async () => {
    const page = await browser.open(`<div id="faces"></div>`, { before: countActivity });
    await page.waitForFunction(() => customElements.get('gaze-tracker'));
    const listeners = (count: number) => page.evaluate(async (count) => {
      const place = document.getElementById('faces')!;
      place.innerHTML = '<gaze-tracker smoothing="1" style="width:32px" src="/fixtures/six/frames.gaze"></gaze-tracker>'.repeat(count);
      await Promise.all([...place.children].map((face) => (face as HTMLElementTagNameMap['gaze-tracker']).ready || new Promise((resolve) => face.addEventListener('ready', resolve))));
      // Whether it is in sight a face hears after a frame of the screen, which may come later than all that it has loaded.
      for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
      return window.activity.listeners;
    }, count);
    const [one, two, fifty] = [await listeners(1), await listeners(2), await listeners(50)];
    // One for the page's visibility, one for the visitor's wish for less motion.
    expect(two - one).toBe(2);
    expect(fifty - one).toBe(2 * 49);
    expect(await listeners(0)).toBe(0);
  });
});

test('less motion: one cut once the page has come to rest', async () => {
  const page = await open(`${face('position:absolute;left:368px;top:760px')}<div style="height:4000px"></div>`, { reducedMotion: 'reduce' });
  await page.mouse.move(790, 400);
  await shows(page, 0, 5);
  // Where a busy machine lets the page stand still on its way for longer than the 150 ms that count as rest, there may be a cut too.
  await run(page, `window.recorded = []; window.pauses = 0; let y = 0, last = Infinity;
    addEventListener('scroll', () => { const now = performance.now(); pauses += now - last > 140; last = now; }, true);
    const step = () => { scrollTo(0, y += 74); if (y < 740) requestAnimationFrame(step); }; step()`);
  await shows(page, 5, 5);
  const cuts = (await recorded(page, 'gazechange')).length;
  expect(cuts).toBeGreaterThanOrEqual(1);
  expect(cuts).toBeLessThanOrEqual(1 + (await run<number>(page, 'return pauses')));
  expect((await gazeOf(page)).y).toBe(1);
});
