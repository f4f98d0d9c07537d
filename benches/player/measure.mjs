// @ts-check
// Measures the player and the peer in one run and writes benches/results/player.md and .csv.
//   node measure.mjs FRAMES [--rounds 3] [--only ours|peer] [--player DIST]
// FRAMES holds the four sheets, metadata.json and frames.gaze of one portrait.

import { mkdir, stat, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildPeer } from './build.mjs';
import { SIDES } from './sides.mjs';
import { attachDetach, tenWidgets } from './many-widgets.mjs';
import { openFrameMatcher } from './frame-matcher.mjs';
import { emptyPage, steadyState } from './steady-state.mjs';
import { firstFrame, fullReach, longestTask } from './loading.mjs';
import { csv, markdown } from './numbers.mjs';
import { HEAD, rows, SLOW_LINE } from './report.mjs';
import { openBrowser } from './browser.mjs';
import { serve } from './server.mjs';

const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    player: { type: 'string', default: at('../../gaze-wasm/dist/') },
  },
});
const frames = positionals[0];
if (!frames) throw new Error('name the folder of the frames: node measure.mjs FRAMES');
const measured = SIDES.filter(({ name }) => !values.only || values.only === name);

const site = await serve({
  '/frames/': frames,
  '/player/': values.player,
  '/peer/peer.js': join(await buildPeer(), 'peer.js'),
  '/': at('./'),
});
const matcher = await openFrameMatcher(frames, site.origin);

/** @type {Record<'ours' | 'peer', import('./report.mjs').Round[]>} */
const rounds = { ours: [], peer: [] };
try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const note = (/** @type {string} */ text) => console.error(`round ${round + 1}: ${text}`);
    const empty = await emptyPage(site);
    /** @type {Record<string, any>} */
    const found = { ours: { empty }, peer: { empty } };
    // Each figure of both, one after the other: what else the machine does strikes both alike.
    /** @type {[string, (side: import('./sides.mjs').Side) => Promise<any>][]} */
    const steps = [
      ['first', (side) => firstFrame(site, side, 0)],
      ['firstSlow', (side) => firstFrame(site, side, SLOW_LINE)],
      ['reach', (side) => fullReach(site, side, 0, matcher)],
      ['reachSlow', (side) => fullReach(site, side, SLOW_LINE, matcher)],
      ['task', (side) => longestTask(site, side)],
      ['steadyState', (side) => steadyState(site, side, matcher.meta.gridSize)],
      ['tenWidgets', (side) => tenWidgets(site, side)],
      ['attachDetach', (side) => attachDetach(site, side)],
    ];
    for (const [step, measure] of steps) {
      for (const side of round % 2 ? measured.toReversed() : measured) {
        found[side.name][step] = await measure(side);
        note(`${side.name} ${step}: ${JSON.stringify(found[side.name][step])}`);
      }
    }
    for (const { name } of measured) rounds[name].push(found[name]);
  }
} finally {
  await matcher.close();
  await site.close();
}

const size = async (/** @type {string} */ name) => (await stat(join(frames, name)).catch(() => ({ size: NaN }))).size;
const sheets = await Promise.all(['q0.webp', 'q1.webp', 'q2.webp', 'q3.webp'].map(size));
const probe = await openBrowser();
const version = probe.context.browser()?.version();
await probe.close();
const table = rows(rounds, { pack: await size('frames.gaze'), sheets: sheets.reduce((a, b) => a + b) });
const text = `# The player against PixiJS

${matcher.meta.gridSize ** 2} frames of ${matcher.meta.imageWidth} x ${matcher.meta.imageHeight}, both sides in one run, medians of ${values.rounds} rounds, a fresh browser and profile for
each figure. Chromium ${version} headless, ${cpus().length} cores, no GPU: WebGL runs in SwiftShader, in the GPU process.
How each figure is taken: \`benches/player/README.md\`. Remake it: \`scripts/bench-player.sh\`.

${markdown(HEAD, table)}`;
const results = at('../results/');
await mkdir(results, { recursive: true });
if (!values.only) {
  await writeFile(join(results, 'player.md'), text);
  await writeFile(join(results, 'player.csv'), csv(HEAD, table));
}
console.log(text);
