// @ts-check
// Where the mouse goes. Points are CSS pixels in the viewport.

import { setTimeout as sleep } from 'node:timers/promises';
import { VIEWPORT } from './browser.mjs';

/** @typedef {{ x: number, y: number }} Point */
/** A 60 Hz mouse. */
const STEP_MS = 1000 / 60;

const edge = { x: VIEWPORT.width - 1, y: VIEWPORT.height - 1 };
/** The viewport's corners, in the order of the sheets. @type {Point[]} */
export const CORNERS = [{ x: 0, y: 0 }, { x: edge.x, y: 0 }, { x: 0, y: edge.y }, edge];

/**
 * @param {import('playwright-core').CDPSession} cdp
 * @param {Point} point
 */
export const moveTo = (cdp, { x, y }) => cdp.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });

/**
 * Moves along `points`, one every `stepMs`, keeping to the clock even where a step comes late.
 * @param {import('playwright-core').CDPSession} cdp
 * @param {Iterable<Point>} points
 * @param {number} [stepMs]
 */
export async function follow(cdp, points, stepMs = STEP_MS) {
  let due = performance.now();
  for (const point of points) {
    // Not waiting for the answer: a busy page must not slow the mouse.
    moveTo(cdp, point).catch(() => {});
    due += stepMs;
    await sleep(Math.max(0, due - performance.now()));
  }
  await moveTo(cdp, { x: edge.x / 2, y: edge.y / 2 });
}

/**
 * Over every cell: each row in turn, there and back, resting at a row's end until the gaze has come after.
 * @param {number} grid Cells a side.
 * @returns {Generator<Point>}
 */
export function* everyCell(grid) {
  /** Steps on a cell, and at a row's end: the gaze covers 12 % of the way in each. */
  const [onCell, atEnd] = [2, 45];
  const at = (/** @type {number} */ i, /** @type {number} */ size) => (i / (grid - 1)) * (size - 1);
  for (let row = 0; row < grid; row += 1) {
    for (let step = 0; step < grid; step += 1) {
      const column = row % 2 ? grid - 1 - step : step;
      const steps = step === 0 || step === grid - 1 ? atEnd : onCell;
      for (let i = 0; i < steps; i += 1) yield { x: at(column, VIEWPORT.width), y: at(row, VIEWPORT.height) };
    }
  }
}

/** Round and round through most of the grid for `ms`. @param {number} ms @returns {Generator<Point>} */
export function* circles(ms) {
  const steps = Math.round(ms / STEP_MS);
  for (let i = 0; i < steps; i += 1) {
    const angle = (i * STEP_MS * Math.PI) / 1000; // half a turn a second
    yield { x: edge.x * (0.5 + 0.4 * Math.cos(angle)), y: edge.y * (0.5 + 0.4 * Math.sin(angle)) };
  }
}
