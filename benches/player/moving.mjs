// @ts-check
// What moving costs: CPU time of renderer and GPU process while the mouse goes round, and how many pictures are drawn for it.
//   node moving.mjs FRAMES RIG [--player DIST] [--before DIST] [--rounds 3]
// The peer first; then ours as fast as the screen, and with max-fps at what the peer drew in that round. FRAMES and RIG as for
// measure.mjs; --before names another player to compare with.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildPeer } from './build.mjs';
import { markdown, median } from './numbers.mjs';
import { circles, follow } from './pointer.mjs';
import { drawingCpu, usages } from './processes.mjs';
import { serve } from './server.mjs';
import { openPage, pageOf, SIDES, until } from './sides.mjs';

const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    player: { type: 'string', default: at('../../gaze-wasm/dist/') },
    before: { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
});
const [frames, rig] = positionals;
if (!frames || !rig) throw new Error('name the folders of the frames and of the rig: node moving.mjs FRAMES RIG');
/** Before it counts: the first round decodes, compiles and uploads. */
const WARM_MS = 4000;
const MOVE_MS = 5000;

/** @param {import('./server.mjs').Site} site @param {import('./sides.mjs').Side} side @param {number} [fps] */
async function moving(site, side, fps) {
  const session = await openPage();
  const { page, cdp, pid } = session;
  try {
    await page.goto(site.origin + pageOf(side, fps ? { fps } : {}), { waitUntil: 'commit' });
    await until(session, 'probe.readyAt > 0 && probe.firstAt > 0');
    await follow(cdp, circles(WARM_MS));
    const [before, counted] = [await usages(pid), await page.evaluate('probe.counts()')];
    await follow(cdp, circles(MOVE_MS));
    const [after, counts] = [await usages(pid), await page.evaluate('probe.counts()')];
    await sleep(100);
    return {
      cpuMs: (drawingCpu(after) - drawingCpu(before)) * (1e6 / MOVE_MS),
      pictures: ((/** @type {any} */ (counts).pictures - /** @type {any} */ (counted).pictures) * 1000) / MOVE_MS,
    };
  } finally {
    await session.close();
  }
}

const peerCode = join(await buildPeer(), 'peer.js');
const open = (/** @type {string} */ player) =>
  serve({ '/frames/': frames, '/rig/': rig, '/player/': player, '/peer/peer.js': peerCode, '/': at('./') });
const sites = { after: await open(values.player), ...(values.before && { before: await open(values.before) }) };
/** @type {Map<string, { cpuMs: number, pictures: number }[]>} */
const found = new Map();
try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const [rigSide, packSide, peerSide] = SIDES;
    let fps = 0;
    const take = async (/** @type {string} */ name, /** @type {import('./server.mjs').Site} */ site, /** @type {import('./sides.mjs').Side} */ side, /** @type {number} */ most = 0) => {
      const sample = await moving(site, side, most);
      found.set(name, [...(found.get(name) ?? []), sample]);
      console.error(`round ${round + 1}: ${name}: ${sample.cpuMs.toFixed(0)} ms a second, ${sample.pictures.toFixed(1)} pictures`);
      return sample;
    };
    fps = Math.max(1, Math.round((await take('peer', sites.after, peerSide)).pictures));
    for (const [name, site] of Object.entries(sites)) await take(`pack, ${name}`, site, packSide);
    await take('rig', sites.after, rigSide);
    await take('pack, as many as the peer', sites.after, packSide, fps);
    await take('rig, as many as the peer', sites.after, rigSide, fps);
  }
} finally {
  for (const site of Object.values(sites)) await site.close();
}
const rows = [...found].map(([name, all]) => {
  const [cpu, pictures] = [median(all.map(({ cpuMs }) => cpuMs)), median(all.map((each) => each.pictures))];
  return [name, cpu.toFixed(0), pictures.toFixed(1), (cpu / pictures).toFixed(1)];
});
console.log(markdown(['side', 'CPU of renderer and GPU process, ms a second', 'pictures a second', 'ms a picture'], rows));
