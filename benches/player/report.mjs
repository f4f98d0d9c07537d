// @ts-check
// The table: each figure, all sides, the rig's target and whether it is met.

import { CROWD, MANY, ROUNDS } from './many-widgets.mjs';
import { MOVE_MS } from './steady-state.mjs';
import { median, megabytes } from './numbers.mjs';

/** Megabits a second of the lines; 0: as fast as loopback is. */
export const LINES = [0, 20, 3];

/** @typedef {Awaited<ReturnType<typeof import('./loading.mjs').firstFrame>>} First */
/** @typedef {Awaited<ReturnType<typeof import('./loading.mjs').fullReach>>} Reach */
/** @typedef {Awaited<ReturnType<typeof import('./many-widgets.mjs').widgets>>} Widgets */
/**
 * @typedef {object} Round What one round measured of one side; what takes a side too long is left out.
 * @property {First} first0
 * @property {First} first20
 * @property {First} first3
 * @property {Reach} reach0
 * @property {Reach} reach20
 * @property {Reach} [reach3]
 * @property {Awaited<ReturnType<typeof import('./loading.mjs').longestTask>>} task
 * @property {Awaited<ReturnType<typeof import('./steady-state.mjs').emptyPage>>} empty
 * @property {Awaited<ReturnType<typeof import('./steady-state.mjs').steadyState>>} steadyState
 * @property {Widgets} many
 * @property {Widgets} [crowd]
 * @property {Awaited<ReturnType<typeof import('./many-widgets.mjs').attachDetach>>} attachDetach
 */
/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {(round: Round) => number} of
 * @property {(value: number) => string} as How it is written.
 * @property {{ most?: number, peer?: number, pack?: number }} [target] At most this, or at most these shares of the others'.
 * @property {number} [least] At least this.
 */

const ms = (/** @type {number} */ v) => `${v.toFixed(0)} ms`;
const fine = (/** @type {number} */ v) => `${v.toFixed(2)} ms`;
const mb = (/** @type {number} */ v) => `${megabytes(v)} MB`;
const kb = (/** @type {number} */ v) => `${(v / 1000).toFixed(1)} KB`;
const plain = (/** @type {number} */ v) => v.toFixed(v % 1 ? 1 : 0);
const percent = (/** @type {number} */ v) => `${v >= 0 ? '+' : ''}${v.toFixed(1)} %`;

const at = (/** @type {number} */ line) => (line ? `${line} Mbit/s` : 'loopback');
const least = (/** @type {number | undefined} */ value) => value ?? NaN;

/** @type {Figure[]} */
export const FIGURES = [
  { name: 'code on the wire (js + wasm, gzip)', of: (r) => r.first0.codeBytes, as: kb, target: { most: 95_000 } },
  ...LINES.flatMap((line) => {
    const first = (/** @type {Round} */ r) => r[/** @type {'first0'} */ (`first${line}`)];
    const reach = (/** @type {Round} */ r) => r[/** @type {'reach3'} */ (`reach${line}`)];
    /** @type {Figure[]} */
    const figures = [
      { name: `navigation to first frame, ${at(line)}`, of: (r) => first(r).ms, as: ms, target: { peer: 1 / 5 } },
      { name: `navigation to full reaction, ${at(line)}`, of: (r) => least(reach(r)?.ms), as: ms, target: { pack: 1 } },
    ];
    return figures;
  }),
  { name: 'bytes of the face till the first frame, 3 Mbit/s', of: (r) => r.first3.faceBytes, as: kb, target: { most: 60_000 } },
  { name: 'bytes of the face till the full reaction, 20 Mbit/s', of: (r) => r.reach20.faceBytes, as: kb, target: { most: 60_000 } },
  { name: 'longest main-thread task during load', of: (r) => Math.max(r.task.traced, r.task.observed), as: ms, target: { most: 50 } },
  {
    name: 'renderer + GPU process after a sweep, above an empty page',
    of: (r) => r.steadyState.drawing - r.empty.drawing,
    as: mb,
    target: { peer: 1 / 8 },
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
    target: { pack: 1 },
  },
  { name: 'the same with what the mouse costs an empty page', of: (r) => r.steadyState.moveMs, as: ms },
  { name: 'main thread in those 5 s by the clock', of: (r) => r.steadyState.moveClockMs, as: ms },
  { name: 'main thread per picture drawn in those 5 s', of: (r) => r.steadyState.moveMs / r.steadyState.movePictures, as: fine },
  { name: 'pictures drawn a second in those 5 s', of: (r) => (r.steadyState.movePictures * 1000) / MOVE_MS, as: plain },
  { name: 'CPU of renderer + GPU process in those 5 s', of: (r) => r.steadyState.moveCpuMs, as: ms },
  {
    name: 'CPU of renderer + GPU process per picture drawn',
    of: (r) => r.steadyState.moveCpuMs / r.steadyState.movePictures,
    as: fine,
    target: { pack: 1 },
  },
  { name: `widgets alive of ${MANY} on one page`, of: (r) => r.many.live, as: plain, least: MANY },
  { name: `navigation to all ${MANY} ready`, of: (r) => r.many.readyMs, as: ms },
  { name: `renderer + GPU process with ${MANY}`, of: (r) => r.many.drawing - r.empty.drawing, as: mb },
  { name: `CPU of renderer + GPU process with ${MANY}, mouse moving for 5 s`, of: (r) => r.many.moveCpuMs, as: ms },
  { name: `widgets alive of ${CROWD} small ones`, of: (r) => least(r.crowd?.live), as: plain, least: CROWD },
  { name: `navigation to all ${CROWD} ready`, of: (r) => least(r.crowd?.readyMs), as: ms },
  {
    name: `renderer + GPU process with ${CROWD}`,
    of: (r) => least(r.crowd?.drawing) - r.empty.drawing,
    as: mb,
  },
  { name: `CPU of renderer + GPU process with ${CROWD}, mouse moving for 5 s`, of: (r) => least(r.crowd?.moveCpuMs), as: ms },
  { name: `memory after ${ROUNDS} attach/detach rounds`, of: (r) => r.attachDetach.percent, as: percent, target: { most: 5 } },
  { name: `script heap after ${ROUNDS} rounds`, of: (r) => r.attachDetach.heapPercent, as: percent, target: { most: 5 } },
];

export const HEAD = ['figure', 'rig', 'pack', 'peer', 'rig / pack', 'rig / peer', 'target of the rig', 'held'];

/** @typedef {Record<import('./sides.mjs').SideName, number>} Values */

/**
 * @param {Record<import('./sides.mjs').SideName, Round[]>} rounds
 * @param {Values} bytes Of the whole face.
 */
export function rows(rounds, bytes) {
  const table = FIGURES.map((figure) => {
    const value = (/** @type {import('./sides.mjs').SideName} */ side) => median(rounds[side].map(figure.of));
    return row(figure.name, { rig: value('rig'), pack: value('pack'), peer: value('peer') }, figure);
  });
  table.push(row('bytes of the face: portrait.gaze, frames.gaze, the four sheets', bytes, { as: kb, target: { most: 60_000 } }));
  return table;
}

/**
 * @param {string} name @param {Values} values
 * @param {Pick<Figure, 'as' | 'target' | 'least'>} figure
 */
function row(name, values, { as, target, least }) {
  const write = (/** @type {number} */ v) => (Number.isNaN(v) ? '-' : as(v));
  const { rig, pack, peer } = values;
  const ratio = (/** @type {number} */ other) => (Number.isNaN(rig / other) || other <= 0 ? '-' : (rig / other).toFixed(3));
  const share = (/** @type {number} */ part, /** @type {string} */ whose) =>
    part === 1 ? `at most the ${whose}'s` : `at most 1/${Math.round(1 / part)} of the ${whose}'s`;
  /** @type {[string, boolean] | undefined} */
  let goal;
  if (least !== undefined) goal = [`at least ${as(least)}`, rig >= least];
  else if (target?.pack) goal = [share(target.pack, 'pack'), rig <= pack * target.pack];
  else if (target?.peer) goal = [share(target.peer, 'peer'), rig <= peer * target.peer];
  else if (target?.most !== undefined) goal = [`at most ${as(target.most)}`, rig <= target.most];
  const others = [target?.pack && pack, target?.peer && peer].filter((value) => value !== undefined);
  const isUnknown = [rig, ...others].some(Number.isNaN);
  const verdict = !goal || isUnknown ? '-' : goal[1] ? 'yes' : '**no**';
  return [name, write(rig), write(pack), write(peer), ratio(pack), ratio(peer), goal?.[0] ?? '-', verdict];
}
