// The studio's page in other engines than Chromium, before a stand-in of its server: a photo lives, is shared and is made
// finer. With GAZE_SCREENSHOTS=DIR it also leaves pictures of the page.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ASTRONAUT } from '../maker-page.js';
import { StudioServer } from '../studio-server.js';
import { until, type Engine, type EnginePage } from './engine.js';
import { firefox } from './firefox.js';
import { webkit } from './webkit.js';

const ready = (page: EnginePage) => until(page, `return !!document.querySelector('.picture gaze-tracker')?.ready`, null, 'a living face');
const state = (page: EnginePage, name: string) => until(page, `return document.body.dataset.state === argument`, name, name);
const act = (page: EnginePage, action: string) => page.run(`document.querySelector('.label [data-do="' + argument + '"]').click()`, action);
const label = (page: EnginePage) => page.run<string>(`return document.querySelector('.label').innerText`);

/** Puts a file into the page's own input, as the browser's dialog does. */
const choose = (page: EnginePage) =>
  page.run(
    `const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(argument), (c) => c.charCodeAt(0))], 'me.png'));
    const input = document.querySelector('[data-input=file]');
    input.files = data.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));`,
    readFileSync(ASTRONAUT).toString('base64'),
  );

async function shoot(page: EnginePage, engine: Engine, name: string): Promise<void> {
  const shots = process.env.GAZE_SCREENSHOTS;
  if (!shots) return;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  mkdirSync(shots, { recursive: true });
  writeFileSync(join(shots, `studio-${engine.name}-${name}.png`), await page.screenshot());
}

describe.each([firefox(), webkit])('$name', (engine) => {
  let page: EnginePage;
  let server: StudioServer;
  beforeAll(async () => {
    const missing = engine.missing();
    if (missing) throw new Error(missing);
    server = await StudioServer.open();
    page = await engine.start();
  });
  afterAll(async () => {
    await page?.close();
    await server?.close();
  });

  test('a photo lives, is made finer, shared, found again and deleted', async () => {
    await page.open(server.url);
    await ready(page);
    await shoot(page, engine, 'empty');
    await choose(page);
    await state(page, 'alive');
    await shoot(page, engine, 'alive');
    await act(page, 'finer');
    await state(page, 'queue');
    const id = server.only;
    const { body } = server.asked.find(({ path }) => path.startsWith('api/uploads'))!;
    expect([...body.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    server.set(id, { state: 'running', position: 0, stage: 'generating', current: 412, total: 900, progress: 46, etaSeconds: 31 });
    await state(page, 'progress');
    await until(page, `return document.querySelector('.label').innerText.includes('412 of 900')`);
    await shoot(page, engine, 'progress');
    server.set(id, { state: 'complete', hasFrames: true, seconds: 58, neural: true });
    await state(page, 'finer');
    await act(page, 'share');
    await act(page, 'make-link');
    await state(page, 'share-link');
    await shoot(page, engine, 'share-link');
    await page.open(server.url + id);
    await state(page, 'finer');
    await ready(page);
    await act(page, 'download');
    await until(page, `return document.querySelector('[data-fill=page-size]').textContent === '1.9 MB'`);
    await page.run(`history.back()`);
    await state(page, 'finer');
    await act(page, 'delete');
    await act(page, 'delete-it');
    await state(page, 'empty');
    expect(server.sessions.size).toBe(0);
  });

  test('the connection is gone for a while', async () => {
    await page.open(server.url);
    await ready(page);
    await choose(page);
    await state(page, 'alive');
    await act(page, 'finer');
    await state(page, 'queue');
    server.goDown();
    await state(page, 'lost');
    expect(await label(page)).toContain('We try again');
    server.isDown = false;
    await state(page, 'queue');
  });
});
