// @ts-check
// The three that are measured, and how a page of one is opened.

import { setTimeout as sleep } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { openBrowser, VIEWPORT } from './browser.mjs';

/**
 * @typedef {object} Side
 * @property {SideName} name
 * @property {string} page
 * @property {Record<string, string>} query What the page is told.
 * @property {string} code Path that its code is served from.
 * @property {string[]} faces Paths that its faces are served from.
 */
/** @typedef {'rig' | 'pack' | 'peer'} SideName */
/** @type {Side[]} */
export const SIDES = [
  { name: 'rig', page: '/ours.html', query: { src: '/rig/portrait.gaze' }, code: '/player/', faces: ['/rig/'] },
  { name: 'pack', page: '/ours.html', query: { src: '/frames/frames.gaze' }, code: '/player/', faces: ['/frames/'] },
  { name: 'peer', page: '/peer/index.html', query: {}, code: '/peer/peer.js', faces: ['/frames/'] },
];

/**
 * Address of a side's page; `many` widgets take the smaller sheets where there are such.
 * @param {Side} side @param {Record<string, string | number>} [more]
 */
export function pageOf({ name, page, query }, more = {}) {
  const small = name === 'peer' && 'count' in more ? { sheets: '_20' } : {};
  const entries = Object.entries({ ...query, ...small, ...more });
  return `${page}?${new URLSearchParams(entries.map(([key, value]) => [key, String(value)]))}`;
}

/** The widget on the screen, in CSS pixels: in the viewport's middle. */
export const WIDGET = { width: 410, height: 512, x: (VIEWPORT.width - 410) / 2, y: (VIEWPORT.height - 512) / 2 };
/** How long a page may take to be ready, in milliseconds: the peer's sheets take a minute on the slowest line alone. */
const READY_MS = 150_000;

/** A browser with the probe in place, not yet on any page. */
export async function openPage() {
  const session = await openBrowser();
  const { cdp, page } = session;
  await page.addInitScript({ content: await readFile(new URL('./probe.js', import.meta.url), 'utf8') });
  await cdp.send('Emulation.setDeviceMetricsOverride', { ...VIEWPORT, deviceScaleFactor: 1, mobile: false });
  return session;
}

/**
 * Waits until `text`, evaluated in the page, is true.
 * @param {import('./browser.mjs').Session} session @param {string} text
 */
export async function until({ page }, text) {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    if (await page.evaluate(text)) return;
    if (performance.now() > deadline) {
      const state = await page.evaluate('JSON.stringify({ ...probe, visited: probe.visited.size })');
      throw new Error(`${page.url()} waited ${READY_MS / 1000} s for ${text}; the probe says ${state}`);
    }
    await sleep(50);
  }
}
