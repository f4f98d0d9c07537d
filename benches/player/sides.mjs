// @ts-check
// The two that are measured, and how a page of one is opened.

import { setTimeout as sleep } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { openBrowser, VIEWPORT } from './browser.mjs';

/**
 * @typedef {object} Side
 * @property {'peer' | 'ours'} name
 * @property {string} page
 * @property {string} code Path that its code is served from.
 * @property {string} smallSheets The suffix that gives ten peers the phones' sheets.
 */
/** @type {Side[]} */
export const SIDES = [
  { name: 'ours', page: '/ours.html', code: '/player/', smallSheets: '' },
  { name: 'peer', page: '/peer/index.html', code: '/peer/peer.js', smallSheets: '_20' },
];

/** The widget on the screen, in CSS pixels: in the viewport's middle. */
export const WIDGET = { width: 410, height: 512, x: (VIEWPORT.width - 410) / 2, y: (VIEWPORT.height - 512) / 2 };
/** How long a page may take to be ready; a sheet of 6150 x 7680 decodes slowly on a busy machine. */
const READY_MS = 60_000;

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
