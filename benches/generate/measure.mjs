// @ts-check
// How long a photograph takes to become a live face in a page, and how much memory the module takes. Called by
// scripts/bench-generate.sh.
//
//   node measure.mjs [--rounds 5] [--browser 'COMMAND OF A BROWSER'] PICTURE:SIZE...

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openUnwatched } from '../player/browser.mjs';
import { serve } from '../player/server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const PATIENCE_MS = 120_000;
/** Made in one page after the first: the module is compiled, the models are loaded. */
const WARM_RUNS = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, browser: { type: 'string' }, out: { type: 'string' } },
});

/** @typedef {{ made: number, live: number, bytes: number, width: number, height: number, stages: Record<string, number> }} Run */

/** Opens a fresh browser on `url`. @param {string} url */
async function open(url) {
  if (!values.browser) return openUnwatched(url);
  const child = spawn('sh', ['-c', `exec ${values.browser} "${url}"`], { stdio: 'ignore', detached: true });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  return {
    close: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await gone;
    },
  };
}

/** @param {string} picture @param {string} query @returns {Promise<{ runs: Run[], memory: number }>} */
async function visit(picture, query) {
  const site = await serve({ '/dist/': join(here, '../../gaze-wasm/dist'), '/pictures/': dirname(picture), '/': here });
  const browser = await open(`${site.origin}/page.html?picture=${encodeURIComponent(basename(picture))}&${query}`);
  try {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(50)) {
      const report = site.reports.find((address) => address.startsWith('/report?'));
      if (!report) continue;
      const result = JSON.parse(decodeURIComponent(report.slice('/report?'.length)));
      if (result.error) throw new Error(result.error);
      return result;
    }
    throw new Error(`${picture}: no answer in ${PATIENCE_MS / 1000} s`);
  } finally {
    await browser.close();
    await site.close();
  }
}

/** @param {number[]} numbers */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
/** @param {Run[]} runs @param {(run: Run) => number} of */
const middle = (runs, of) => Math.round(median(runs.map(of)));

const lines = [
  '| portrait | | live after, ms | of it file made | reading | finding | preparing | storing | file, bytes | wasm memory, MB |',
  '| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |',
];
for (const position of positionals) {
  const [path = '', size = '512'] = position.split(':');
  const picture = resolve(path);
  /** @type {Record<string, Run[]>} */
  const kinds = { 'nothing loaded': [], prepared: [], 'the next': [] };
  let memory = 0;
  for (let round = 0; round < Number(values.rounds); round++) {
    const cold = await visit(picture, `size=${size}&runs=${1 + WARM_RUNS}`);
    const prepared = await visit(picture, `size=${size}&prepared`);
    const [first, ...rest] = cold.runs;
    if (first) kinds['nothing loaded']?.push(first);
    kinds['the next']?.push(...rest);
    kinds['prepared']?.push(...prepared.runs);
    memory = Math.max(memory, cold.memory);
  }
  for (const [kind, runs] of Object.entries(kinds)) {
    const { bytes, width, height } = runs[0] ?? { bytes: 0, width: 0, height: 0 };
    const stage = (/** @type {string} */ name) => middle(runs, (run) => run.stages[name] ?? 0);
    lines.push(
      `| ${basename(picture)}, as ${width} x ${height} | ${kind} | ${middle(runs, ({ live }) => live)} | ${middle(runs, ({ made }) => made)} | ${['reading', 'finding', 'preparing', 'storing'].map(stage).join(' | ')} | ${bytes.toLocaleString('en')} | ${kind === 'the next' ? (memory / 1e6).toFixed(0) : ''} |`,
    );
    console.log(lines.at(-1));
  }
}
if (values.out) await writeFile(values.out, `${lines.join('\n')}\n`);
