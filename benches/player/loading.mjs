// @ts-check
// Figures of a page that loads: the first frame, the reach of the mouse, the longest task.

import { setTimeout as sleep } from 'node:timers/promises';
import { openPage, pageOf, until, WIDGET } from './sides.mjs';
import { CORNERS, moveTo } from './pointer.mjs';

/** After `ready`, for tasks that come late. */
const AFTER_MS = 1000;
/** A waiting mouse moves by a pixel this often: a page that starts late hears of it. */
const JITTER_MS = 100;
/** Between two screenshots, once the page says that it looks there. */
const SCREENSHOT_MS = 50;
const REACH_MS = 60_000;

/** @typedef {import('./sides.mjs').Side} Side */
/** @typedef {import('./server.mjs').Site} Site */

/**
 * A browser that has painted another site: what it starts once is no part of a page's navigation.
 * @param {Site} site
 */
async function openWarm(site) {
  const session = await openPage();
  site.reset(0);
  await session.page.goto(site.origin.replace('127.0.0.1', 'localhost') + '/warm.html');
  await until(session, 'window.isPainted');
  await sleep(AFTER_MS);
  return session;
}

/**
 * From navigation start to the first frame on screen, and the code that came over the wire till then.
 * @param {Site} site @param {Side} side @param {number} megabits
 */
export async function firstFrame(site, side, megabits) {
  const session = await openWarm(site);
  try {
    site.reset(megabits);
    await session.page.goto(site.origin + pageOf(side), { waitUntil: 'commit' });
    await until(session, 'probe.firstAt > 0');
    const ms = /** @type {number} */ (await session.page.evaluate('probe.firstAt'));
    return { ms, ...bytesSent(site, side) };
  } finally {
    await session.close();
  }
}

/**
 * Code and faces that came over the wire.
 * @param {Site} site @param {Side} side
 */
function bytesSent(site, side) {
  let codeBytes = 0;
  let faceBytes = 0;
  for (const [path, bytes] of site.sent) {
    if (path.startsWith(side.code)) codeBytes += bytes;
    if (side.faces.some((folder) => path.startsWith(folder))) faceBytes += bytes;
  }
  return { codeBytes, faceBytes };
}

/**
 * From navigation start until a pointer that waits in a corner of the viewport has brought that
 * corner's frame to the screen; the slowest of the four corners, a fresh browser each.
 * @param {Site} site @param {Side} side @param {number} megabits
 * @param {import('./frame-matcher.mjs').FrameMatcher} matcher
 */
export async function fullReach(site, side, megabits, matcher) {
  let [ms, faceBytes] = [0, 0];
  for (const corner of CORNERS.keys()) {
    ms = Math.max(ms, await reach(site, side, megabits, matcher, corner));
    faceBytes = Math.max(faceBytes, bytesSent(site, side).faceBytes);
  }
  return { ms, faceBytes };
}

/**
 * The frame is told by its pixels; the time is that of the last change of the picture before them.
 * @param {Site} site @param {Side} side @param {number} megabits
 * @param {import('./frame-matcher.mjs').FrameMatcher} matcher @param {number} corner
 */
async function reach(site, side, megabits, matcher, corner) {
  const session = await openWarm(site);
  const { page, cdp } = session;
  let waiting = true;
  try {
    site.reset(megabits);
    await page.goto(site.origin + pageOf(side), { waitUntil: 'commit' });
    const point = CORNERS[corner];
    const inward = { x: point.x ? -1 : 1, y: point.y ? -1 : 1 };
    const jitter = (async () => {
      for (let i = 0; waiting; i += 1) {
        const by = i % 2;
        await moveTo(cdp, { x: point.x + inward.x * by, y: point.y + inward.y * by }).catch(() => {});
        await sleep(JITTER_MS);
      }
    })();
    const wanted = cornerCell(matcher.meta.gridSize, corner);
    await until(session, `probe.cell?.join() === '${wanted.row},${wanted.column}'`);
    const deadline = performance.now() + REACH_MS;
    let lastCompared = 0;
    let seen;
    while (performance.now() < deadline) {
      const { at, now } = /** @type {{ at: number, now: number }} */ (
        await page.evaluate('probe.changedAt().then((at) => ({ at, now: performance.now() }))')
      );
      const { x, y, width, height } = WIDGET;
      const clip = { x, y, width, height, scale: 1 };
      const { data } = await cdp.send('Page.captureScreenshot', { clip, optimizeForSpeed: true });
      seen = await matcher.match(corner, Buffer.from(data, 'base64'));
      if (seen.cell.row === wanted.row && seen.cell.column === wanted.column) {
        waiting = false;
        await jitter;
        // Compared before, without success: the screen changed later than the page reported.
        return at > lastCompared ? at : now;
      }
      lastCompared = at;
      await sleep(SCREENSHOT_MS);
    }
    throw new Error(`${side.name} never showed the frame of corner ${corner}; last seen: ${JSON.stringify(seen)}`);
  } finally {
    waiting = false;
    await session.close();
  }
}

/** @param {number} grid @param {number} corner */
const cornerCell = (grid, corner) => ({ row: corner >> 1 ? grid - 1 : 0, column: corner & 1 ? grid - 1 : 0 });

/**
 * The longest task on the page's main thread from navigation until it is ready, in ms, from a trace.
 * @param {Site} site @param {Side} side
 */
export async function longestTask(site, side) {
  const session = await openWarm(site);
  const browser = session.context.browser();
  if (!browser) throw new Error('the browser went away');
  const tracing = await browser.newBrowserCDPSession();
  try {
    site.reset(0);
    /** @type {any[]} */
    const events = [];
    tracing.on('Tracing.dataCollected', ({ value }) => events.push(...value));
    const done = new Promise((resolve) => tracing.once('Tracing.tracingComplete', resolve));
    await tracing.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: { includedCategories: ['toplevel', 'blink.user_timing', '__metadata'] },
    });
    await session.page.goto(site.origin + pageOf(side), { waitUntil: 'commit' });
    await until(session, 'probe.readyAt > 0 && probe.firstAt > 0');
    await sleep(AFTER_MS);
    await tracing.send('Tracing.end');
    await done;
    const long = /** @type {number[]} */ (await session.page.evaluate('probe.longTasks'));
    return { traced: longestRun(events), observed: Math.max(0, ...long) };
  } finally {
    await session.close();
  }
}

/** @param {any[]} events Trace events; durations in microseconds. */
function longestRun(events) {
  const start = events.find((e) => e.name === 'navigationStart' && e.args?.data?.documentLoaderURL?.startsWith('http'));
  if (!start) throw new Error('the trace holds no navigation; Chromium may have renamed its events');
  const mains = events.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain');
  const main = mains.find((e) => e.pid === start.pid);
  const runs = events.filter(
    (e) => e.ph === 'X' && e.pid === start.pid && e.tid === main?.tid && e.name.endsWith('RunTask') && e.ts >= start.ts,
  );
  if (runs.length === 0) throw new Error('the trace holds no tasks; Chromium may have renamed its events');
  return Math.max(...runs.map((e) => e.dur)) / 1000;
}
