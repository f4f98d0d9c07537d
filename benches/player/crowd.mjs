// @ts-check
// Figures of many widgets: ten on one page, and fifty that come and go.

import { setTimeout as sleep } from 'node:timers/promises';
import { openUnwatched } from './browser.mjs';
import { openPage, until } from './contestants.mjs';
import { CORNERS, moveTo } from './pointer.mjs';
import { drawingBytes, usages } from './processes.mjs';

export const MANY = 10;
export const ROUNDS = 50;
/** Rounds that come before memory is first read: caches and pools fill once. */
const WARM_ROUNDS = 15;
/** How long a lot of rounds may take. */
const LOT_MS = 240_000;
/** For ten gazes to come to rest, on a machine that draws slowly. */
const SETTLE_MS = 6000;

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
 * Memory after widgets have come and gone, against that before, in per cent. No debugger watches: see rounds.js.
 * @param {Site} site @param {Contestant} who
 */
export async function comeAndGo(site, who) {
  site.reset(0);
  const query = `count=0&sheets=${who.smallSheets}&rounds=${WARM_ROUNDS},${ROUNDS}`;
  const browser = await openUnwatched(`${site.origin}${who.page}?${query}`);
  try {
    const before = await lot(site, browser.pid, 0);
    const after = await lot(site, browser.pid, 1);
    return {
      percent: (after.bytes / before.bytes - 1) * 100,
      heapPercent: (after.heap / before.heap - 1) * 100,
    };
  } finally {
    await browser.close();
  }
}

/** Memory when the page says that a lot of rounds is over. @param {Site} site @param {number} pid @param {number} number */
async function lot(site, pid, number) {
  const deadline = performance.now() + LOT_MS;
  while (performance.now() < deadline) {
    const told = site.told.find((url) => url.startsWith(`/lot-is-over?lot=${number}&`));
    if (told) {
      const heap = Number(new URL(told, site.origin).searchParams.get('heap'));
      return { bytes: drawingBytes(await usages(pid)), heap };
    }
    await sleep(100);
  }
  throw new Error(`widgets did not come and go in ${LOT_MS / 1000} s`);
}
