// @ts-check
// What each way of drawing a frame costs: behind the choice of renderer.
//   node render.mjs FRAMES [--rounds 3]
// FRAMES holds the sheets of one portrait. Writes benches/results/renderer.md and .csv.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mainThreadSeconds, openBrowser } from './browser.mjs';
import { csv, markdown, median, megabytes } from './numbers.mjs';
import { drawingBytes, usages } from './processes.mjs';
import { serve } from './server.mjs';

/** Different frames that are played: 32 of 410 x 512 are 27 MB decoded. */
const PICTURES = 32;
const PLAY_MS = 4000;
/** Before memory is read. */
const REST_MS = 1000;
const MANY = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' } },
});
const frames = positionals[0];
if (!frames) throw new Error('name the folder of the sheets: node render.mjs FRAMES');
const results = fileURLToPath(new URL('../results/', import.meta.url));
const pictures = await mkdtemp(join(tmpdir(), 'gaze-pictures-'));
const site = await serve({
  '/pictures/': pictures,
  '/frames/': frames,
  '/': fileURLToPath(new URL('./render/', import.meta.url)),
});

/** @typedef {{ draw: number, task: number, cpu: number, hertz: number, bytes: number, many: number }} Sample */

/** Cuts single frames from the first sheet, as files. */
async function cut() {
  const meta = JSON.parse(await readFile(join(frames, 'metadata.json'), 'utf8'));
  const session = await openBrowser();
  try {
    await session.page.goto(`${site.origin}/index.html`);
    const files = await session.page.evaluate(
      async ({ count, width, height, columns }) => {
        const sheet = await createImageBitmap(await (await fetch('/frames/q0.webp')).blob());
        const canvas = Object.assign(document.createElement('canvas'), { width, height });
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        return Array.from({ length: count }, (_, i) => {
          context.drawImage(sheet, -(i % columns) * width, -Math.floor(i / columns) * height);
          return canvas.toDataURL('image/webp', 0.7);
        });
      },
      { count: PICTURES, width: meta.imageWidth, height: meta.imageHeight, columns: meta.quadrantSize },
    );
    for (const [i, url] of files.entries()) {
      await writeFile(join(pictures, `${i}.webp`), Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
    }
  } finally {
    await session.close();
  }
}

/** @param {string} name @returns {Promise<Sample>} */
async function sample(name) {
  const session = await openBrowser();
  const { page, cdp, pid } = session;
  const call = (/** @type {string} */ text) => page.evaluate(text);
  try {
    await page.goto(`${site.origin}/index.html`);
    await sleep(REST_MS);
    const empty = drawingBytes(await usages(pid));
    await call(`bench.load(${PICTURES})`);
    await call(`bench.open(${JSON.stringify(name)}, 1)`);
    await call(`bench.play(${JSON.stringify(name)}, 1000)`); // warm: code compiled, textures there
    const [before, task] = [await usages(pid), await mainThreadSeconds(cdp)];
    const { ticks, drawMs } = /** @type {any} */ (await call(`bench.play(${JSON.stringify(name)}, ${PLAY_MS})`));
    const [after, taskAfter] = [await usages(pid), await mainThreadSeconds(cdp)];
    const cpu = (/** @type {'renderer' | 'gpu'} */ kind) => after[kind].cpuSeconds - before[kind].cpuSeconds;
    await sleep(REST_MS);
    const bytes = drawingBytes(await usages(pid)) - empty;
    await call(`bench.open(${JSON.stringify(name)}, ${MANY})`);
    await call(`bench.play(${JSON.stringify(name)}, 300)`);
    const many = /** @type {number} */ (await call('bench.alive()'));
    return {
      draw: drawMs / ticks,
      task: ((taskAfter - task) * 1000) / ticks,
      cpu: ((cpu('renderer') + cpu('gpu')) * 1000) / ticks,
      hertz: (ticks * 1000) / PLAY_MS,
      bytes,
      many,
    };
  } finally {
    await session.close();
  }
}

try {
  await cut();
  const probe = await openBrowser();
  await probe.page.goto(`${site.origin}/index.html`);
  const names = /** @type {string[]} */ (await probe.page.evaluate('bench.names'));
  const version = probe.context.browser()?.version();
  await probe.close();

  /** @type {Map<string, Sample[]>} */
  const samples = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const name of names) {
      const one = await sample(name);
      samples.get(name)?.push(one);
      console.error(`round ${round + 1}: ${name}: ${JSON.stringify(one)}`);
    }
  }
  const head = [
    'way', 'draw call, ms', 'main thread a tick, ms', 'CPU of renderer + GPU process a tick, ms',
    'ticks a second', 'memory above an empty page, MB', `canvases alive of ${MANY + 1}`,
  ];
  const rows = [...samples].map(([name, all]) => {
    const of = (/** @type {keyof Sample} */ key) => median(all.map((s) => s[key]));
    return [name, of('draw').toFixed(3), of('task').toFixed(2), of('cpu').toFixed(1), of('hertz').toFixed(0),
      megabytes(of('bytes')), of('many').toFixed(0)];
  });
  const table = markdown(head, rows);
  await mkdir(results, { recursive: true });
  await writeFile(
    join(results, 'renderer.md'),
    `# Ways to draw a frame\n\n${PICTURES} decoded frames of 410 x 512, another one in every animation frame; medians of ` +
      `${values.rounds} rounds, a fresh browser each. Chromium ${version} headless, ${cpus().length} cores, no GPU: WebGL ` +
      `runs in SwiftShader. Memory is the renderer's and the GPU process's (PSS) and includes the decoded frames ` +
      `(27 MB); CPU sums both processes' threads. The last column: that many canvases on one page. ` +
      `Remake it: \`scripts/bench-player.sh --render\`.\n\n${table}`,
  );
  await writeFile(join(results, 'renderer.csv'), csv(head, rows));
  console.log(table);
} finally {
  await site.close();
  await rm(pictures, { recursive: true, force: true });
}
