// @ts-check
// Figures of a widget that has loaded: memory after a sweep of the grid, draws when nothing happens,
// main-thread time while the mouse moves.

import { setTimeout as sleep } from 'node:timers/promises';
import { mainThreadSeconds } from './browser.mjs';
import { openPage, pageOf, until } from './sides.mjs';
import { circles, everyCell, follow } from './pointer.mjs';
import { drawingBytes, drawingCpu, usages } from './processes.mjs';

/** After a sweep, before memory is read. */
const REST_MS = 2000;
/** For the gaze to come to rest, or a page to notice that it is hidden. */
const SETTLE_MS = 1500;
const COUNT_MS = 3000;
export const MOVE_MS = 5000;

/** @typedef {import('./sides.mjs').Side} Side */
/** @typedef {{ draws: number, pictures: number, uploads: number, ticks: number }} Rates A second. */

/** What a page with nothing on it uses, and what the mouse alone costs its main thread. @param {import('./server.mjs').Site} site */
export async function emptyPage(site) {
  const session = await openPage();
  try {
    await session.page.goto(`${site.origin}/empty.html`);
    await sleep(REST_MS);
    const used = await usages(session.pid);
    const task = await mainThreadSeconds(session.cdp);
    await follow(session.cdp, circles(MOVE_MS));
    const moved = difference(await mainThreadSeconds(session.cdp), task);
    return { drawing: drawingBytes(used), browser: used.browser.bytes, ...moved };
  } finally {
    await session.close();
  }
}

/**
 * @param {import('./server.mjs').Site} site @param {Side} side @param {number} grid
 */
export async function steadyState(site, side, grid) {
  const session = await openPage();
  const { page, cdp, pid, context } = session;
  try {
    site.reset(0);
    await page.goto(site.origin + pageOf(side), { waitUntil: 'commit' });
    await until(session, 'probe.readyAt > 0 && probe.firstAt > 0');
    await follow(cdp, everyCell(grid));
    await sleep(REST_MS);
    const used = await usages(pid);
    const visited = /** @type {number} */ (await page.evaluate('probe.visited.size'));

    const idle = await rates(session);

    const [before, task] = [await usages(pid), await mainThreadSeconds(cdp)];
    const moving = await counts(session);
    await follow(cdp, circles(MOVE_MS));
    const moved = await counts(session);
    const [after, taskAfter] = [await usages(pid), await mainThreadSeconds(cdp)];
    await sleep(SETTLE_MS);

    await page.evaluate('scrollTo(0, innerHeight * 1.5)');
    await sleep(SETTLE_MS);
    const offScreen = await rates(session);
    await page.evaluate('scrollTo(0, 0)');

    const front = await context.newPage();
    await front.bringToFront();
    await sleep(SETTLE_MS);
    const state = await page.evaluate('document.visibilityState');
    if (state !== 'hidden') throw new Error(`the page behind another tab calls itself ${state}; this Chromium needs another way`);
    const hidden = await rates(session);

    return {
      drawing: drawingBytes(used),
      browser: used.browser.bytes,
      renderer: used.renderer.bytes,
      gpu: used.gpu.bytes,
      visited,
      idle,
      offScreen,
      hidden,
      ...difference(taskAfter, task),
      moveCpuMs: (drawingCpu(after) - drawingCpu(before)) * 1000,
      movePictures: moved.pictures - moving.pictures,
      errors: /** @type {string[]} */ (await page.evaluate('probe.errors')),
    };
  } finally {
    await session.close();
  }
}

/** @typedef {Awaited<ReturnType<typeof mainThreadSeconds>>} MainThread */
/** In milliseconds. @param {MainThread} after @param {MainThread} before */
const difference = (after, before) => ({
  moveMs: (after.cpu - before.cpu) * 1000,
  moveClockMs: (after.clock - before.clock) * 1000,
});

/** @param {import('./browser.mjs').Session} session @returns {Promise<Rates>} */
const counts = ({ page }) => page.evaluate('probe.counts()');

/** What is drawn in a second. @param {import('./browser.mjs').Session} session @returns {Promise<Rates>} */
async function rates(session) {
  const before = await counts(session);
  await sleep(COUNT_MS);
  const after = await counts(session);
  const rate = (/** @type {keyof Rates} */ key) => ((after[key] - before[key]) * 1000) / COUNT_MS;
  return { draws: rate('draws'), pictures: rate('pictures'), uploads: rate('uploads'), ticks: rate('ticks') };
}
