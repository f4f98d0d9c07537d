// @ts-check
// Figures of many widgets: ten and fifty on one page, and fifty that are attached and removed.

import { setTimeout as sleep } from 'node:timers/promises';
import { openUnwatched } from './browser.mjs';
import { openPage, pageOf, until } from './sides.mjs';
import { circles, CORNERS, follow, moveTo } from './pointer.mjs';
import { drawingBytes, drawingCpu, usages } from './processes.mjs';
import { MOVE_MS } from './steady-state.mjs';

export const MANY = 10;
export const CROWD = 50;
export const ROUNDS = 50;
/** Rounds that come before memory is first read: caches and pools fill once. */
const WARM_ROUNDS = 15;
/** How long a batch of rounds may take. */
const BATCH_MS = 240_000;
/** Time for ten gazes to come to rest, on a machine that draws slowly. */
const SETTLE_MS = 6000;

/** @typedef {import('./sides.mjs').Side} Side */
/** @typedef {import('./server.mjs').Site} Site */

/**
 * How many of `count` widgets show something else when the mouse is elsewhere; those of fifty are small.
 * @param {Site} site @param {Side} side @param {number} count
 */
export async function widgets(site, side, count) {
  const session = await openPage();
  const { page, cdp, pid } = session;
  try {
    site.reset(0);
    const kind = count > MANY ? 'crowd' : 'many';
    await page.goto(site.origin + pageOf(side, { count, kind }), { waitUntil: 'commit' });
    await until(session, 'probe.readyAt > 0');
    const readyMs = /** @type {number} */ (await page.evaluate('probe.readyAt'));
    /** @type {string[][]} */
    const pictures = [];
    for (const corner of [CORNERS[0], CORNERS[3]]) {
      await moveTo(cdp, corner);
      await sleep(SETTLE_MS);
      pictures.push(await shots(session));
    }
    const live = pictures[0].filter((picture, i) => picture !== pictures[1][i]).length;
    const before = await usages(pid);
    await follow(cdp, circles(MOVE_MS));
    const after = await usages(pid);
    return { live, readyMs, drawing: drawingBytes(before), moveCpuMs: (drawingCpu(after) - drawingCpu(before)) * 1000 };
  } finally {
    await session.close();
  }
}

/** A picture of each widget. @param {import('./browser.mjs').Session} session */
async function shots({ page, cdp }) {
  const clips = await page.evaluate(() =>
    [...(document.getElementById('widgets')?.children ?? [])].map((child) => {
      const { x, y, width, height } = child.getBoundingClientRect();
      return { x, y, width, height, scale: 1 };
    }),
  );
  const pictures = [];
  for (const clip of clips) pictures.push((await cdp.send('Page.captureScreenshot', { clip })).data);
  return pictures;
}

/**
 * Growth of memory after widgets were attached and removed, in per cent. No debugger watches: see rounds.js.
 * @param {Site} site @param {Side} side
 */
export async function attachDetach(site, side) {
  site.reset(0);
  const browser = await openUnwatched(site.origin + pageOf(side, { count: 0, rounds: `${WARM_ROUNDS},${ROUNDS}` }));
  try {
    const before = await batch(site, browser.pid, 0);
    const after = await batch(site, browser.pid, 1);
    return {
      percent: (after.bytes / before.bytes - 1) * 100,
      heapPercent: (after.heap / before.heap - 1) * 100,
    };
  } finally {
    await browser.close();
  }
}

/** Memory when the page says that a batch of rounds is done. @param {Site} site @param {number} pid @param {number} number */
async function batch(site, pid, number) {
  const deadline = performance.now() + BATCH_MS;
  while (performance.now() < deadline) {
    const report = site.reports.find((url) => url.startsWith(`/batch-done?batch=${number}&`));
    if (report) {
      const heap = Number(new URL(report, site.origin).searchParams.get('heap'));
      return { bytes: drawingBytes(await usages(pid)), heap };
    }
    await sleep(100);
  }
  throw new Error(`a batch of widgets was not done in ${BATCH_MS / 1000} s`);
}
