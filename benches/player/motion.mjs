// @ts-check
// What the player shows while the gaze moves, beside the nearest frame and what the rig draws: benches/results/motion.md and
// the sheets beside it.
//   node motion.mjs FACES [--player DIST] [--before DIST] [--travel FILE...] [--grids 6,12,30] [--heights 512,200]
// FACES has the folders 6, 12 and 30, each with the frames.gaze of that grid, and rig with the portrait.gaze of the same picture.
// --before names another player to compare with; --travel says how far a sweep moves the faces of these rigs.

import { mkdir, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openBrowser } from './browser.mjs';
import { csv, markdown } from './numbers.mjs';
import { serve } from './server.mjs';

const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    player: { type: 'string', default: at('../../gaze-wasm/dist/') },
    before: { type: 'string' },
    travel: { type: 'string', multiple: true, default: [] },
    grids: { type: 'string', default: '6,12,30' },
    heights: { type: 'string', default: '512,200' },
    out: { type: 'string', default: at('../results/') },
  },
});
const faces = positionals[0];
if (!faces) throw new Error('name the folder of the faces: node motion.mjs FACES');
/** Faces shown at this height are on the sheets. */
const SHEET_HEIGHT = 512;
const SHEETS = ['circle, slow', 'corner to corner, slow'];
/** Room for four faces side by side. */
const VIEWPORT = { width: 2200, height: 600 };

const players = ['after', ...(values.before ? ['before'] : [])];
const site = await serve({
  '/faces/': faces,
  '/after/': values.player,
  ...(values.before && { '/before/': values.before }),
  ...Object.fromEntries(values.travel.map((file) => [`/rigs/${basename(file)}`, file])),
  '/': at('./motion/'),
});
const { page, cdp, close } = await openBrowser();
/** @param {number[]} all */
const mean = (all) => all.reduce((a, b) => a + b, 0) / all.length;
const rows = [];
try {
  page.on('pageerror', (error) => console.error(error));
  await cdp.send('Emulation.setDeviceMetricsOverride', { ...VIEWPORT, deviceScaleFactor: 1, mobile: false });
  const numbers = (/** @type {string} */ list) => list.split(',').filter(Boolean).map(Number);
  await page.goto(`${site.origin}/index.html`);
  await page.waitForFunction('window.motion', undefined, { polling: 50 });
  await page.evaluate((names) => window.motion.define(names), players);
  for (const file of values.travel) {
    const src = `/rigs/${basename(file)}`;
    console.log(file, JSON.stringify(await page.evaluate((src) => window.motion.travel('after', src), src)));
  }
  await mkdir(values.out, { recursive: true });
  for (const height of numbers(values.heights)) {
    for (const grid of numbers(values.grids)) {
      for (const path of /** @type {string[]} */ (await page.evaluate('motion.paths'))) {
        const wantsSheet = height === SHEET_HEIGHT && SHEETS.includes(path);
        const found = await page.evaluate(
          ([grid, height, path, players, wantsSheet]) => window.motion.run(grid, height, path, players, wantsSheet),
          /** @type {const} */ ([grid, height, path, players, wantsSheet]),
        );
        const of = (/** @type {number[][]} */ all, /** @type {number} */ i) => all.map((each) => each[i]);
        const most = (/** @type {number} */ i) => Math.max(...of(found.jumps, i));
        const share = (/** @type {number} */ value) => `${Math.round(value * 100)} %`;
        players.forEach((player, i) => {
          const [edges, double] = [of(found.edges, i), of(found.double, i)];
          rows.push([
            String(grid), `${height} px`, path, player, share(mean(edges)), share(Math.min(...edges)), mean(double).toFixed(1),
            Math.max(...double).toFixed(1), most(2 + i).toFixed(1), most(1).toFixed(1), most(0).toFixed(1),
          ]);
          console.error(rows.at(-1)?.join(' | '));
        });
        if (!found.sheet) continue;
        const name = `motion-${grid}-${path.replace(/\W+/g, '-')}.jpg`;
        await writeFile(`${values.out}/${name}`, Buffer.from(found.sheet.slice(found.sheet.indexOf(',') + 1), 'base64'));
      }
    }
  }
} finally {
  await close();
  await site.close();
}
const head = [
  'grid', 'shown', 'path', 'player', 'edge energy, mean', 'least', 'blend, mean', 'most', 'largest jump', 'nearest frame\'s', 'rig\'s',
];
console.log(markdown(head, rows));
await writeFile(`${values.out}/motion.csv`, csv(head, rows));
