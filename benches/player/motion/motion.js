// @ts-check
// Moves faces along paths, all by the same clock, and compares what they show: the player's picture, the nearest frame's,
// and the rig's, which is exact everywhere.

import { changed, difference, edgeEnergy, greyOf, motions } from './pictures.js';

/** @typedef {import('./pictures.js').Grey} Grey */
/** @typedef {import('./pictures.js').Rect} Rect */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {HTMLElement & { gaze: Point, lookAt(x: number, y: number): void, src: string, smoothing: number, memory: number }} Face */

const STEP_MS = 1000 / 60;
const RECORDED = 60;
/** Steps before the first that counts: the gaze has caught up with a pointer that moves. */
const LEAD_IN = 30;

/** Where the pointer is after so many seconds; the slow ones show a part of their path.
 * @type {Record<string, { from: (seconds: number) => Point, lead: number }>} */
const PATHS = {
  'circle, slow': { from: (s) => circle(s / 8), lead: LEAD_IN },
  'circle, fast': { from: (s) => circle(s / 1.5), lead: LEAD_IN },
  'corner to corner, slow': { from: (s) => diagonal(0.35 + s / 8), lead: LEAD_IN },
  'corner to corner, in one go': { from: (s) => diagonal(s > 0 ? 1 : 0), lead: 0 },
};
/** @param {number} turns */
const circle = (turns) => ({ x: 0.8 * Math.cos(2 * Math.PI * turns + 0.4), y: 0.8 * Math.sin(2 * Math.PI * turns + 0.4) });
/** Not through the corners of cells. @param {number} share */
const diagonal = (share) => ({ x: 2 * Math.min(share, 1) - 1, y: 2 * Math.min(share, 1) ** 1.15 - 1 });

/** Defines the element of each player under a name of its own. @param {string[]} players */
async function define(players) {
  for (const name of players) {
    const { GazeTracker } = await import(`/${name}/index.js`);
    customElements.define(`face-${name}`, class extends GazeTracker {});
  }
}

/** A face that has loaded. @param {string} player @param {string} src @param {number} height @param {number} [smoothing] */
async function show(player, src, height, smoothing) {
  const face = /** @type {Face} */ (document.createElement(`face-${player}`));
  face.className = 'face';
  face.setAttribute('hide-controls', '');
  face.style.height = `${height}px`;
  face.style.width = 'auto';
  face.memory = 4096;
  if (smoothing) face.smoothing = smoothing;
  face.src = src;
  const loaded = new Promise((resolve, reject) => {
    face.addEventListener('progress', (event) => {
      const { frames, totalFrames } = /** @type {CustomEvent} */ (event).detail;
      if (frames && frames === totalFrames) resolve(undefined);
    });
    face.addEventListener('error', (event) => reject(new Error(/** @type {any} */ (event).message)));
  });
  const ready = new Promise((resolve) => face.addEventListener('ready', resolve, { once: true }));
  document.body.append(face);
  const { detail } = /** @type {CustomEvent} */ (await ready);
  face.style.width = `${Math.round((height * detail.width) / detail.height)}px`;
  await loaded;
  return face;
}

const shot = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
const context = /** @type {CanvasRenderingContext2D} */ (shot.getContext('2d', { willReadFrequently: true }));
context.imageSmoothingQuality = 'high';

/** A face's picture as it is on screen, or a part of it. @param {Face} face @param {Rect} [part] */
function picture(face, part) {
  const canvas = /** @type {HTMLCanvasElement} */ (face.shadowRoot?.querySelector('canvas'));
  const { width, height } = face.getBoundingClientRect();
  const [w, h] = [Math.round(width), Math.round(height)];
  if (shot.width !== w || shot.height !== h) {
    Object.assign(shot, { width: w, height: h });
    context.imageSmoothingQuality = 'high';
  }
  context.drawImage(canvas, 0, 0, w, h);
  const { x, y, width: partWidth, height: partHeight } = part ?? { x: 0, y: 0, width: w, height: h };
  return context.getImageData(x, y, partWidth, partHeight);
}

/** @param {Face} face @param {Point} at */
async function looked(face, { x, y }) {
  face.lookAt(x, y);
  for (let i = 0; i < 2; i += 1) await window.clock.to(window.clock.now + STEP_MS);
}

/** The cells around a gaze, the nearest first. @param {Point} gaze @param {number} grid */
function cellsAround({ x, y }, grid) {
  const place = (/** @type {number} */ value) => Math.min(Math.max(((value + 1) / 2) * (grid - 1), 0), grid - 1);
  const [col, row] = [place(x), place(y)];
  const cells = [0, 1].flatMap((down) => [0, 1].map((right) => ({ col: Math.floor(col) + right, row: Math.floor(row) + down })));
  const away = (/** @type {{ col: number, row: number }} */ cell) => Math.hypot(cell.col - col, cell.row - row);
  return cells.filter((cell) => cell.col < grid && cell.row < grid).sort((a, b) => away(a) - away(b));
}

/**
 * @param {number} grid @param {number} height On screen. @param {string} path @param {string[]} players The first is the one
 * that also shows the nearest frames and the rig. @param {boolean} wantsPictures
 */
async function run(grid, height, path, players, wantsPictures) {
  const src = `/faces/${grid}/frames.gaze`;
  const exact = await show(players[0], '/faces/rig/portrait.gaze', height);
  const cut = await show(players[0], src, height, 1);
  const shown = [];
  for (const player of players) shown.push(await show(player, src, height));
  const moving = [exact, ...shown];
  const faces = [...moving, cut];
  try {
    const extremes = [];
    for (const at of [{ x: -1, y: -1 }, { x: 1, y: -1 }, { x: -1, y: 1 }, { x: 1, y: 1 }]) {
      await looked(cut, at);
      extremes.push(greyOf(picture(cut)));
    }
    const part = changed(extremes);
    const greyAt = (/** @type {Face} */ face) => greyOf(picture(face, part));
    /** @type {Map<string, Grey>} */
    const cells = new Map();
    const cutTo = async (/** @type {{ col: number, row: number }} */ { col, row }) => {
      cut.lookAt((2 * col) / (grid - 1) - 1, (2 * row) / (grid - 1) - 1);
      // So short a time that the others stay where they are. A gaze moves from the step after it was aimed on.
      for (let i = 0; i < 2; i += 1) await window.clock.to(window.clock.now + 1e-3);
    };
    const cellPicture = async (/** @type {{ col: number, row: number }} */ cell) => {
      const key = `${cell.row},${cell.col}`;
      if (!cells.has(key)) {
        await cutTo(cell);
        cells.set(key, greyAt(cut));
      }
      return /** @type {Grey} */ (cells.get(key));
    };
    const { from, lead } = PATHS[path];
    for (let i = 0; i < 40; i += 1) {
      for (const face of moving) face.lookAt(from(0).x, from(0).y);
      await window.clock.to(window.clock.now + 50);
    }
    const start = window.clock.now;
    /** @type {{ edges: number[][], double: number[][], jumps: number[][] }} */
    const found = { edges: [], double: [], jumps: [] };
    const stills = [];
    /** @type {Grey[]} */
    let before = [];
    const recorded = lead ? RECORDED : 45;
    for (let step = 1; step <= lead + recorded; step += 1) {
      const target = from((step * STEP_MS) / 1000);
      for (const face of moving) face.lookAt(target.x, target.y);
      await window.clock.to(start + step * STEP_MS);
      if (step <= lead) continue;
      const around = [];
      for (const cell of cellsAround(exact.gaze, grid)) around.push(await cellPicture(cell));
      const [truth, ...pictures] = moving.map(greyAt);
      const nearest = around[0];
      const base = edgeEnergy(nearest);
      found.edges.push(pictures.map((each) => edgeEnergy(each) / base));
      found.double.push(pictures.map((each) => Math.min(...[truth, ...around].map((one) => difference(each, one)))));
      const now = [truth, nearest, ...pictures];
      if (before.length) found.jumps.push(now.map((each, i) => difference(each, before[i])));
      before = now;
      if (wantsPictures && (step - lead) % Math.floor(recorded / 8) === 0 && stills.length < 8) {
        await cutTo(cellsAround(exact.gaze, grid)[0]);
        stills.push({
          pictures: [cut, ...shown, exact].map((face) => picture(face, part)),
          edges: [1, .../** @type {number[]} */ (found.edges.at(-1)), edgeEnergy(truth) / base],
        });
      }
    }
    return { ...found, part, sheet: stills.length ? sheet(stills, part, ['nearest', ...players, 'rig']) : '' };
  } finally {
    for (const face of faces) face.remove();
  }
}

/** How much larger than on screen the sheets show faces. */
const ZOOM = 1.4;

/** @param {{ pictures: ImageData[], edges: number[] }[]} stills @param {Rect} part @param {string[]} names */
function sheet(stills, { width, height }, names) {
  // Eyes and nose.
  const [left, top, w, h] = [0.19 * width, 0.3 * height, 0.62 * width, 0.5 * height].map(Math.round);
  const line = 15;
  const [cellWidth, cellHeight] = [Math.round(w * ZOOM) + 2, Math.round(h * ZOOM) + line + 2];
  const canvas = Object.assign(document.createElement('canvas'), { width: stills.length * cellWidth, height: names.length * cellHeight });
  const to = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  to.fillStyle = '#fff';
  to.fillRect(0, 0, canvas.width, canvas.height);
  to.fillStyle = '#000';
  to.font = '12px sans-serif';
  const part = /** @type {HTMLCanvasElement} */ (document.createElement('canvas'));
  stills.forEach(({ pictures, edges }, column) =>
    pictures.forEach((image, row) => {
      Object.assign(part, { width: w, height: h });
      part.getContext('2d')?.putImageData(image, -left, -top);
      const [x, y] = [column * cellWidth, row * cellHeight];
      to.drawImage(part, x, y + line, w * ZOOM, h * ZOOM);
      to.fillText(`${column ? '' : `${names[row]}: `}${Math.round(100 * edges[row])} %`, x + 2, y + 12);
    }),
  );
  return canvas.toDataURL('image/jpeg', 0.88);
}

/** How far what moves most goes from one side of the sweep to the other, as a share of the longer side of the part that moves.
 * @param {string} player @param {string} src */
async function travel(player, src) {
  const face = await show(player, src, 512, 1);
  try {
    /** @type {Grey[]} */
    const corners = [];
    for (const at of [{ x: -1, y: -1 }, { x: 1, y: -1 }, { x: -1, y: 1 }, { x: 1, y: 1 }]) {
      await looked(face, at);
      corners.push(greyOf(picture(face)));
    }
    const part = changed(corners);
    const ways = [];
    const reach = 0.4;
    for (const axis of ['x', 'y']) {
      for (const at of [-0.75, -0.25, 0.25, 0.75]) {
        const pictures = [];
        for (const side of [-reach / 2, reach / 2]) {
          await looked(face, axis === 'x' ? { x: at + side, y: 0 } : { x: 0, y: at + side });
          pictures.push(greyOf(picture(face, part)));
        }
        ways.push(...motions(pictures[0], pictures[1]).map((way) => (way * 2) / reach));
      }
    }
    ways.sort((a, b) => a - b);
    const share = (/** @type {number} */ of) => ways[Math.floor((ways.length - 1) * of)] / Math.max(part.width, part.height);
    return { part, blocks: ways.length, shares: [0.25, 0.5, 0.75, 0.9, 0.95, 0.99].map(share) };
  } finally {
    face.remove();
  }
}

window.motion = { define, run, travel, paths: Object.keys(PATHS) };
