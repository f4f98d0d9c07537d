// @ts-check
// Measures rig, pack and peer in one run and writes benches/results/player.md and .csv.
//   node measure.mjs FRAMES RIG [--rounds 3] [--only rig|pack|peer] [--player DIST]
// FRAMES holds the four sheets, metadata.json and frames.gaze of one portrait, RIG its portrait.gaze.

import { mkdir, stat, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildPeer } from './build.mjs';
import { SIDES } from './sides.mjs';
import { attachDetach, CROWD, MANY, widgets } from './many-widgets.mjs';
import { openFrameMatcher } from './frame-matcher.mjs';
import { emptyPage, steadyState } from './steady-state.mjs';
import { firstFrame, fullReach, longestTask } from './loading.mjs';
import { csv, markdown } from './numbers.mjs';
import { HEAD, LINES, rows } from './report.mjs';
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
const [frames, rig] = positionals;
if (!frames || !rig) throw new Error('name the folders of the frames and of the rig: node measure.mjs FRAMES RIG');
const measured = SIDES.filter(({ name }) => !values.only || values.only === name);

const site = await serve({
  '/frames/': frames,
  '/rig/': rig,
  '/player/': values.player,
  '/peer/peer.js': join(await buildPeer(), 'peer.js'),
  '/': at('./'),
});
const matcher = await openFrameMatcher(frames, site.origin);

/** @type {Record<import('./sides.mjs').SideName, import('./report.mjs').Round[]>} */
const rounds = { rig: [], pack: [], peer: [] };
const isPeer = (/** @type {import('./sides.mjs').Side} */ side) => side.name === 'peer';
try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const note = (/** @type {string} */ text) => console.error(`round ${round + 1}: ${text}`);
    const empty = await emptyPage(site);
    /** @type {Record<string, any>} */
    const found = { rig: { empty }, pack: { empty }, peer: { empty } };
    // Each figure of all, one after the other: what else the machine does strikes them alike.
    /** @type {[string, (side: import('./sides.mjs').Side) => Promise<any>][]} */
    const steps = [];
    for (const line of LINES) {
      steps.push([`first${line}`, (side) => firstFrame(site, side, line)]);
      // The peer's sheets take over a minute on the slowest line, four times over.
      const isLong = (/** @type {import('./sides.mjs').Side} */ side) => isPeer(side) && line > 0 && line < 10;
      steps.push([`reach${line}`, async (side) => (isLong(side) ? undefined : fullReach(site, side, line, matcher))]);
    }
    steps.push(
      ['task', (side) => longestTask(site, side)],
      ['steadyState', (side) => steadyState(site, side, matcher.meta.gridSize)],
      ['many', (side) => widgets(site, side, MANY)],
      // Browsers keep sixteen WebGL contexts, and fifty times the peer's sheets take 15 GB.
      ['crowd', async (side) => (isPeer(side) ? undefined : widgets(site, side, CROWD))],
      ['attachDetach', (side) => attachDetach(site, side)],
    );
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

const size = async (/** @type {string} */ path) => (await stat(path).catch(() => ({ size: NaN }))).size;
const sheets = await Promise.all(['q0.webp', 'q1.webp', 'q2.webp', 'q3.webp'].map((name) => size(join(frames, name))));
const probe = await openBrowser();
const version = probe.context.browser()?.version();
await probe.close();
const table = rows(rounds, {
  rig: await size(join(rig, 'portrait.gaze')),
  pack: await size(join(frames, 'frames.gaze')),
  peer: sheets.reduce((a, b) => a + b),
});
const text = `# The player: a live rig, a pack, and PixiJS

One face of ${matcher.meta.imageWidth} x ${matcher.meta.imageHeight}: as a rig, as ${matcher.meta.gridSize ** 2} frames in a pack, and as sheets with PixiJS; all in one run, medians of ${values.rounds} rounds, a fresh browser and profile for
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
