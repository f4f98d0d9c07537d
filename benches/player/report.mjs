// @ts-check
// The table: each figure, both sides, the target and whether it is met.

import { MANY, ROUNDS } from './many-widgets.mjs';
import { MOVE_MS } from './steady-state.mjs';
import { median, megabytes } from './numbers.mjs';

/** Megabits a second of the limited line. */
export const SLOW_LINE = 20;

/**
 * @typedef {object} Round What one round measured of one side.
 * @property {Awaited<ReturnType<typeof import('./loading.mjs').firstFrame>>} first
 * @property {Awaited<ReturnType<typeof import('./loading.mjs').firstFrame>>} firstSlow
 * @property {number} reach
 * @property {number} reachSlow
 * @property {Awaited<ReturnType<typeof import('./loading.mjs').longestTask>>} task
 * @property {Awaited<ReturnType<typeof import('./steady-state.mjs').emptyPage>>} empty
 * @property {Awaited<ReturnType<typeof import('./steady-state.mjs').steadyState>>} steadyState
 * @property {Awaited<ReturnType<typeof import('./many-widgets.mjs').tenWidgets>>} tenWidgets
 * @property {Awaited<ReturnType<typeof import('./many-widgets.mjs').attachDetach>>} attachDetach
 */
/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {(round: Round) => number} of
 * @property {(value: number) => string} as How it is written.
 * @property {{ most?: number, share?: number }} [target] At most this, or at most this share of the peer's.
 * @property {number} [least] At least this.
 */

const ms = (/** @type {number} */ v) => `${v.toFixed(0)} ms`;
const fine = (/** @type {number} */ v) => `${v.toFixed(2)} ms`;
const mb = (/** @type {number} */ v) => `${megabytes(v)} MB`;
const kb = (/** @type {number} */ v) => `${(v / 1000).toFixed(1)} KB`;
const plain = (/** @type {number} */ v) => v.toFixed(v % 1 ? 1 : 0);
const percent = (/** @type {number} */ v) => `${v >= 0 ? '+' : ''}${v.toFixed(1)} %`;

/** @type {Figure[]} */
export const FIGURES = [
  { name: 'code on the wire (js + wasm, gzip)', of: (r) => r.first.codeBytes, as: kb, target: { most: 60_000 } },
  { name: 'navigation to first frame, loopback', of: (r) => r.first.ms, as: ms, target: { share: 1 / 5 } },
  { name: `navigation to first frame, ${SLOW_LINE} Mbit/s`, of: (r) => r.firstSlow.ms, as: ms, target: { share: 1 / 5 } },
  { name: 'picture bytes till the first frame', of: (r) => r.firstSlow.pictureBytes, as: mb },
  { name: 'navigation to full reaction, loopback', of: (r) => r.reach, as: ms, target: { share: 1 / 3 } },
  { name: `navigation to full reaction, ${SLOW_LINE} Mbit/s`, of: (r) => r.reachSlow, as: ms, target: { share: 1 / 3 } },
  { name: 'longest main-thread task during load', of: (r) => Math.max(r.task.traced, r.task.observed), as: ms, target: { most: 50 } },
  {
    name: 'renderer + GPU process after a sweep, above an empty page',
    of: (r) => r.steadyState.drawing - r.empty.drawing,
    as: mb,
    target: { share: 1 / 8 },
  },
  { name: 'browser process, the same', of: (r) => r.steadyState.browser - r.empty.browser, as: mb },
  { name: 'cells visited by the sweep', of: (r) => r.steadyState.visited, as: plain },
  { name: 'draws a second, idle', of: (r) => r.steadyState.idle.draws, as: plain, target: { most: 0 } },
  { name: 'draws a second, scrolled off screen', of: (r) => r.steadyState.offScreen.draws, as: plain, target: { most: 0 } },
  { name: 'draws a second, hidden tab', of: (r) => r.steadyState.hidden.draws, as: plain, target: { most: 0 } },
  { name: 'animation frame callbacks a second, idle', of: (r) => r.steadyState.idle.ticks, as: plain, target: { most: 0 } },
  { name: 'animation frame callbacks a second, off screen', of: (r) => r.steadyState.offScreen.ticks, as: plain, target: { most: 0 } },
  { name: 'animation frame callbacks a second, hidden tab', of: (r) => r.steadyState.hidden.ticks, as: plain, target: { most: 0 } },
  {
    name: 'main thread while the mouse moves for 5 s, CPU time above an empty page',
    of: (r) => r.steadyState.moveMs - r.empty.moveMs,
    as: ms,
    target: { share: 1 / 2 },
  },
  { name: 'the same with what the mouse costs an empty page', of: (r) => r.steadyState.moveMs, as: ms },
  { name: 'main thread in those 5 s by the clock', of: (r) => r.steadyState.moveClockMs, as: ms },
  { name: 'main thread per picture drawn in those 5 s', of: (r) => r.steadyState.moveMs / r.steadyState.movePictures, as: fine },
  { name: 'pictures drawn a second in those 5 s', of: (r) => (r.steadyState.movePictures * 1000) / MOVE_MS, as: plain },
  { name: 'CPU of renderer + GPU process in those 5 s', of: (r) => r.steadyState.moveCpuMs, as: ms },
  { name: `widgets alive of ${MANY} on one page`, of: (r) => r.tenWidgets.live, as: plain, least: MANY },
  { name: `renderer + GPU process with ${MANY}`, of: (r) => r.tenWidgets.drawing - r.empty.drawing, as: mb },
  { name: `memory after ${ROUNDS} attach/detach rounds`, of: (r) => r.attachDetach.percent, as: percent, target: { most: 5 } },
  { name: `script heap after ${ROUNDS} rounds`, of: (r) => r.attachDetach.heapPercent, as: percent, target: { most: 5 } },
];

export const HEAD = ['figure', 'ours', 'peer', 'ours / peer', 'target', 'held'];

/**
 * @param {Record<'ours' | 'peer', Round[]>} rounds
 * @param {{ pack: number, sheets: number }} bytes
 */
export function rows(rounds, bytes) {
  const table = FIGURES.map((figure) => {
    const [ours, peer] = [rounds.ours, rounds.peer].map((all) => median(all.map(figure.of)));
    return row(figure.name, ours, peer, figure);
  });
  table.push(
    row('bytes of the pictures: frames.gaze, the four sheets', bytes.pack, bytes.sheets, { as: mb, target: { share: 1 } }),
  );
  return table;
}

/**
 * @param {string} name @param {number} ours @param {number} peer
 * @param {Pick<Figure, 'as' | 'target' | 'least'>} figure
 */
function row(name, ours, peer, { as, target, least }) {
  const write = (/** @type {number} */ v) => (Number.isNaN(v) ? '-' : as(v));
  const ratio = Number.isNaN(ours / peer) || peer <= 0 ? '-' : (ours / peer).toFixed(3);
  let goal = '-';
  let held;
  if (least !== undefined) {
    goal = `at least ${as(least)}`;
    held = ours >= least;
  } else if (target?.share !== undefined) {
    goal = target.share === 1 ? "at most the peer's" : `at most 1/${Math.round(1 / target.share)} of the peer's`;
    held = ours <= peer * target.share;
  } else if (target?.most !== undefined) {
    goal = `at most ${as(target.most)}`;
    held = ours <= target.most;
  }
  const unknown = Number.isNaN(ours) || (target?.share !== undefined && Number.isNaN(peer));
  const verdict = held === undefined || unknown ? '-' : held ? 'yes' : '**no**';
  return [name, write(ours), write(peer), ratio, goal, verdict];
}
