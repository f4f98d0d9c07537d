// The packed package in pages that real tools deliver: a pack and a rig are played, a face is made of a photograph. Writes what it
// saw to RESULTS.md. GAZE_BUNDLERS=REGEXP tries some of them, and writes nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { colorOf, distance, picture, pixel, TestBrowser, TOLERANCE } from '../browser.js';
import { ASTRONAUT } from '../generate-lab.js';
import { packTarball } from '../packed.js';
import { difference, expectedFrames } from '../pictures.js';
import { DIST, fixture } from '../site.js';
import { install, serve, serveFolder, versionOf } from './start.js';
import { TOOLS, type Way } from './tools.js';

const browser = new TestBrowser();
const RESULTS = join(dirname(new URL(import.meta.url).pathname), 'RESULTS.md');
const CHOSEN = process.env.GAZE_BUNDLERS;

declare global {
  interface Window {
    /** `from` is where the files are. */
    generateFace(photo: string, from?: string): Promise<{ width: number }>;
  }
}

interface Row {
  tool: string;
  way: string;
  version: string;
  pack: string;
  rig: string;
  made: string;
  copies: string;
}
const rows: Row[] = [];

let tarball: string;
beforeAll(() => void (tarball = packTarball()));
afterAll(() => {
  if (!CHOSEN) writeFileSync(RESULTS, report(rows));
});

describe.each(TOOLS.filter(({ name }) => !CHOSEN || new RegExp(CHOSEN, 'i').test(name)))('$name', (tool) => {
  let folder: string;
  beforeAll(() => {
    folder = install(tool, tarball);
    for (const path of ['six/frames.gaze', 'rig/portrait.gaze']) share(`/${path}`, fixture(path));
    share('/astronaut.png', readFileSync(ASTRONAUT));
  }, 600_000);

  test.each(tool.ways)('$name', async (way) => {
    const row: Row = { tool: tool.name, way: way.name, version: tool.shown ? versionOf(folder, tool.shown) : '', pack: 'no', rig: 'no', made: 'no', copies: '' };
    rows.push(row);
    const served = await serve(tool, way, folder);
    try {
      await check(served.url, way, row);
    } finally {
      await served.stop();
    }
  }, 600_000);
});

/** Serves a file to pages of every origin. */
function share(path: string, bytes: Uint8Array): void {
  browser.site.route(path, (response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.end(bytes);
  });
}

async function check(url: string, way: Way, row: Row): Promise<void> {
  const page = await browser.page();
  const told: string[] = [];
  page.on('console', (message) => void told.push(message.text()));
  const site = browser.site.url;
  await page.goto(`${url}?site=${encodeURIComponent(site)}`);
  for (const id of ['pack', 'rig']) {
    await expect.poll(() => page.evaluate((id) => document.querySelector<HTMLElementTagNameMap['gaze-tracker']>(`#${id}`)?.ready, id), { timeout: 90_000, message: told.join('\n') }).toBe(true);
  }
  for (const [r, c] of [[0, 0], [0, 5], [5, 0], [3, 2]] as const) {
    await look(page, '#pack', (2 * c) / 5 - 1, (2 * r) / 5 - 1);
    await expect.poll(async () => distance(await pixel(page, 0.5, 0.5, '#pack'), colorOf(6, r, c)), { message: `cell ${r}, ${c}` }).toBeLessThanOrEqual(TOLERANCE);
  }
  row.pack = 'yes';
  for (const frame of expectedFrames('rig').filter(({ width }) => width === 128)) {
    await look(page, '#rig', frame.x, frame.y);
    await expect.poll(async () => difference(await picture(page, '#rig'), frame).worst, { message: `rig at ${frame.x}, ${frame.y}` }).toBeLessThanOrEqual(2);
  }
  row.rig = 'yes';
  row.copies = way.isSingle ? 'inside' : told.some((text) => /uses the copy of its WebAssembly/.test(text)) ? 'its copies' : 'its files';
  await checkMaking(page, `${site}/astronaut.png`, way, row);
  // Whoever uses it sees no warning of its own but that.
  expect(told.filter((text) => /gaze|wasm/i.test(text) && !/uses the copy|Download the React|could not be loaded|404/.test(text))).toEqual([]);
}

const look = (page: Page, selector: string, x: number, y: number) =>
  page.evaluate(([selector, x, y]) => document.querySelector<HTMLElementTagNameMap['gaze-tracker']>(selector)!.lookAt(x, y), [selector, x, y] as const);

/** A face of a photograph, by the element and by a script. */
async function checkMaking(page: Page, photo: string, way: Way, row: Row): Promise<void> {
  const outcome = await page.evaluate(async (photo) => {
    const face = document.createElement('gaze-tracker');
    const drawn = new Promise<string>((resolve) => {
      face.addEventListener('ready', ({ detail }) => resolve(`${detail.source} ${detail.width}`));
      face.addEventListener('error', ({ message }) => resolve(message));
    });
    face.portrait = photo;
    document.body.prepend(face);
    const made = window.generateFace ? await window.generateFace(photo).then(({ width }) => String(width), (error: Error) => error.message) : '512';
    return [await drawn, made];
  }, photo);
  if (way.makes) {
    expect(outcome).toEqual(['rig 512', '512']);
    row.made = 'yes';
  } else {
    for (const message of outcome) expect(message).toMatch(/setGenerateSource\(\)/);
    const { url, stop } = await serveFolder(DIST);
    expect(await page.evaluate(async ([photo, url]) => (await window.generateFace(photo, url)).width, [photo, url] as const).finally(stop)).toBe(512);
    row.made = 'after `setGenerateSource()`, which it says';
  }
}

function report(rows: readonly Row[]): string {
  const date = new Date().toISOString().slice(0, 10);
  const lines = rows.map(({ tool, version, way, pack, rig, made, copies }) => `| ${`${tool.replace(/ \d+$/, '')} ${version}`.trim()} | ${way} | ${pack} | ${rig} | ${copies} | ${made} |`);
  return `# The package in pages of real tools

\`scripts/test-bundlers.sh\`, ${date}, Chromium ${browser.browser?.version() ?? ''}, Node ${process.versions.node}: the packed package,
installed by npm. A pack plays the right cells, a rig is drawn as it is natively, and a face is made of a photograph, by
\`portrait\` and by \`gaze-tracker/generate\`.

| tool | way | pack | rig | WebAssembly from | makes a face |
| --- | --- | --- | --- | --- | --- |
${lines.join('\n')}
`;
}
