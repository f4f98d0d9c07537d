// @ts-check
// Finds which frame is on the screen: compares a screenshot with the frames around a corner, cell by
// cell, as the sheets hold them. A browser of its own, idle while others are measured.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from './browser.mjs';

/** Cells each way from a corner that a screenshot is compared with. */
const NEIGHBOURS = 3;

/** @typedef {{ row: number, column: number }} Cell */
/** @typedef {{ cell: Cell, error: number, nextError: number }} Match The best match, its mean absolute difference (0..255) and the second best's. */
/**
 * @typedef {object} FrameMatcher
 * @property {{ gridSize: number, imageWidth: number, imageHeight: number }} meta
 * @property {(corner: number, png: Buffer) => Promise<Match>} match Corner 0..3 as the sheets are numbered.
 * @property {() => Promise<void>} close
 */

/**
 * @param {string} frames Folder of the sheets.
 * @param {string} origin Where they are served.
 * @returns {Promise<FrameMatcher>}
 */
export async function openFrameMatcher(frames, origin) {
  const meta = JSON.parse(await readFile(join(frames, 'metadata.json'), 'utf8'));
  const session = await openBrowser();
  const { page } = session;
  await page.goto(`${origin}/empty.html`);
  await page.evaluate(
    async ({ meta, neighbours }) => {
      const { quadrantSize: half, imageWidth: width, imageHeight: height } = meta;
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const context = canvas.getContext('2d', { willReadFrequently: true });
      if (!context) throw new Error('no 2d context');
      /** @param {CanvasImageSource} picture @param {number} x @param {number} y */
      const pixels = (picture, x, y) => {
        context.clearRect(0, 0, width, height);
        context.drawImage(picture, -x, -y);
        return context.getImageData(0, 0, width, height).data;
      };
      /** @type {{ row: number, column: number, data: Uint8ClampedArray }[][]} */
      const corners = [];
      for (let quadrant = 0; quadrant < 4; quadrant += 1) {
        const [bottom, right] = [quadrant >> 1, quadrant & 1];
        const sheet = await createImageBitmap(await (await fetch(`/frames/q${quadrant}.webp`)).blob());
        const near = (/** @type {number} */ i, /** @type {number} */ far) => (far ? half - 1 - i : i);
        corners.push([]);
        for (let i = 0; i < neighbours * neighbours; i += 1) {
          const row = near(Math.floor(i / neighbours), bottom);
          const column = near(i % neighbours, right);
          const data = pixels(sheet, column * width, row * height);
          corners[quadrant].push({ row: row + bottom * half, column: column + right * half, data });
        }
        sheet.close();
      }
      /** @param {number} corner @param {string} url */
      const match = async (corner, url) => {
        const seen = pixels(await createImageBitmap(await (await fetch(url)).blob()), 0, 0);
        const errors = corners[corner].map(({ row, column, data }) => {
          let sum = 0;
          for (let i = 0; i < seen.length; i += 1) sum += Math.abs(seen[i] - data[i]);
          // Three channels that differ; alpha does not.
          return { cell: { row, column }, error: (sum / seen.length) * (4 / 3) };
        });
        errors.sort((a, b) => a.error - b.error);
        return { ...errors[0], nextError: errors[1].error };
      };
      Object.assign(window, { match });
    },
    { meta, neighbours: NEIGHBOURS },
  );
  return {
    meta,
    match: (corner, png) =>
      page.evaluate(
        ([corner, url]) => /** @type {any} */ (window).match(corner, url),
        /** @type {const} */ ([corner, `data:image/png;base64,${png.toString('base64')}`]),
      ),
    close: session.close,
  };
}
