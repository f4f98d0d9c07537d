// @ts-check
// Figures of many widgets: ten on one page, and fifty that come and go.

import { setTimeout as sleep } from 'node:timers/promises';
import { openPage, until } from './contestants.mjs';
import { CORNERS, moveTo } from './pointer.mjs';
import { drawingBytes, usages } from './processes.mjs';

export const MANY = 10;
export const ROUNDS = 50;
/** Rounds that come before memory is first read: caches and pools fill once. */
const WARM_ROUNDS = 5;
/** For ten gazes to come to rest, on a machine that draws slowly. */
const SETTLE_MS = 6000;
/** For freed memory to go back to the system. */
const FREE_MS = 4000;

/** @typedef {import('./contestants.mjs').Contestant} Contestant */
/** @typedef {import('./server.mjs').Site} Site */

/**
 * How many of ten widgets show something else when the mouse is elsewhere.
 * @param {Site} site @param {Contestant} who
 */
export async function ten(site, who) {
  const session = await openPage();
  const { page, cdp, pid } = session;
  try {
    site.reset(0);
    await page.goto(`${site.origin}${who.page}?count=${MANY}&sheets=${who.smallSheets}`, { waitUntil: 'commit' });
    await page.evaluate(`document.getElementById('stage').classList.add('many')`);
    await until(session, 'probe.readyAt > 0');
    /** @type {string[][]} */
    const pictures = [];
    for (const corner of [CORNERS[0], CORNERS[3]]) {
      await moveTo(cdp, corner);
      await sleep(SETTLE_MS);
      pictures.push(await shots(session));
    }
    const live = pictures[0].filter((picture, i) => picture !== pictures[1][i]).length;
    return { live, drawing: drawingBytes(await usages(pid)) };
  } finally {
    await session.close();
  }
}

/** A picture of each widget. @param {import('./browser.mjs').Session} session */
async function shots({ page, cdp }) {
  const clips = await page.evaluate(() =>
    [...(document.getElementById('stage')?.children ?? [])].map((child) => {
      const { x, y, width, height } = child.getBoundingClientRect();
      return { x, y, width, height, scale: 1 };
    }),
  );
  const pictures = [];
  for (const clip of clips) pictures.push((await cdp.send('Page.captureScreenshot', { clip })).data);
  return pictures;
}

/**
 * Memory after widgets have come and gone, against that before, in per cent.
 * @param {Site} site @param {Contestant} who
 */
export async function comeAndGo(site, who) {
  const session = await openPage();
  try {
    site.reset(0);
    await session.page.goto(`${site.origin}${who.page}?count=0`, { waitUntil: 'load' });
    await rounds(session, who, WARM_ROUNDS);
    const before = await rest(session);
    await rounds(session, who, ROUNDS);
    const after = await rest(session);
    return {
      percent: (after.bytes / before.bytes - 1) * 100,
      heapPercent: (after.heap / before.heap - 1) * 100,
    };
  } finally {
    await session.close();
  }
}

/** @param {import('./browser.mjs').Session} session @param {Contestant} who @param {number} count */
const rounds = ({ page }, who, count) =>
  page.evaluate(
    async ({ count, sheets }) => {
      for (let i = 0; i < count; i += 1) {
        const widget = await window.bench.mount(sheets);
        await widget.ready;
        // Two frames, so that it has drawn.
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        widget.remove();
      }
    },
    { count, sheets: who.smallSheets },
  );

/** Memory after a full collection. @param {import('./browser.mjs').Session} session */
async function rest({ page, cdp, pid }) {
  await page.evaluate('gc()');
  await sleep(FREE_MS);
  await page.evaluate('gc()');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  return { bytes: drawingBytes(await usages(pid)), heap: usedSize };
}
