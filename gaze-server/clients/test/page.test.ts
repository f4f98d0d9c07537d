// The page from end to end, with the real studio, in Chromium and in Firefox: what a visitor does.
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { unzipSync } from 'fflate';
import type { Browser, ElementHandle, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { act, type Kind, launch, looksFrom, shot, stateOf } from './browsers.js';
import { Studio } from './studio.js';

const PHOTO = fileURLToPath(new URL('../../../examples/astronaut.png', import.meta.url));

describe.each<Kind>(['chrome', 'firefox'])('%s', (kind) => {
  let studio: Studio;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    studio = await Studio.start('--grid', '30', '--max-size', '256');
    browser = await launch(kind);
    page = await browser.newPage();
    watch(page, errors);
  });
  afterAll(async () => {
    await browser?.close();
    await studio[Symbol.asyncDispose]();
  });

  let id = '';
  let link = '';

  test('a photo comes alive in the browser, and nothing is sent', async () => {
    await page.goto(`${studio.url}/`);
    await stateOf(page, 'empty');
    const input = (await page.$('[data-input="file"]')) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(PHOTO);
    await stateOf(page, 'alive');
    await follows(page);
    await shot(page, `${kind}-alive`);
    expect(await studio.json('/api/queue')).toMatchObject({ queueLength: 0, isProcessing: false });
  });

  test('the finer one is asked for, watched, and follows the mouse', async () => {
    await act(page, 'finer');
    await stateOf(page, 'progress');
    await page.waitForFunction(() => Number(document.querySelector('.frame')?.getAttribute('aria-valuenow') ?? 0) > 20);
    expect(await page.$eval('.label', (label) => label.textContent)).toMatch(/\d+ of 900 looks are drawn/);
    expect(await page.title()).toMatch(/^\d+ of 900 · gaze$/);
    await shot(page, `${kind}-progress`);
    await stateOf(page, 'finer');
    await follows(page);
    await shot(page, `${kind}-finer`);
    id = /session_\d+_\w{9}/.exec(page.url())?.[0] ?? '';
    expect(id).not.toBe('');
  });

  test('after a reload it is as it was, and in the history', async () => {
    await page.reload();
    await stateOf(page, 'finer');
    await page.goto(`${studio.url}/`);
    await stateOf(page, 'empty');
    await act(page, 'yours');
    await page.waitForSelector('.prints li gaze-tracker');
    expect(await page.$$eval('.prints li', (items) => items.length)).toBe(1);
    await shot(page, `${kind}-yours`);
    await page.click('.prints li a');
    await stateOf(page, 'finer');
  });

  test('its link shows it in a new profile, which can change nothing', async () => {
    await act(page, 'share');
    if ((await stateOf(page, 'share', 'share-link')) === 'share') await act(page, 'make-link');
    await stateOf(page, 'share-link');
    link = await page.$eval('[data-link]', (input) => (input as HTMLInputElement).value);
    if (!/^https?:/.test(link)) link = `http://${link}`;
    const other = await (await browser.createBrowserContext()).newPage();
    watch(other, errors);
    await other.goto(link);
    await stateOf(other, 'shared');
    await follows(other);
    expect(await other.$$('[data-do="delete"]')).toEqual([]);
    await shot(other, `${kind}-shared`);
    await other.goto(`${studio.url}/view/${id}`);
    await follows(other);
    await shot(other, `${kind}-view`);
    await other.close();
  });

  test('the page and the zip work by themselves', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gaze-taken-'));
    const html = join(folder, 'portrait.html');
    writeFileSync(html, Buffer.from(await (await studio.fetch(`/api/download/${id}/page`)).arrayBuffer()));
    const zip = unzipSync(new Uint8Array(await (await studio.fetch(`/api/download-widget/${id}`)).arrayBuffer()));
    for (const [name, bytes] of Object.entries(zip)) {
      mkdirSync(dirname(join(folder, 'zip', name)), { recursive: true });
      writeFileSync(join(folder, 'zip', name), bytes);
    }
    const site = createServer((request, response) => {
      const type = { html: 'text/html', js: 'text/javascript' }[(request.url ?? '').split('.').at(-1) ?? ''];
      if (type) response.setHeader('content-type', type);
      try {
        response.end(readFileSync(join(folder, 'zip', decodeURIComponent(request.url ?? ''))));
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const other = await browser.newPage();
    for (const url of [pathToFileURL(html).href, pathToFileURL(join(folder, 'zip', 'index.html')).href, `http://127.0.0.1:${(site.address() as AddressInfo).port}/example.html`]) {
      await other.goto(url);
      await follows(other);
    }
    await shot(other, `${kind}-example`);
    await other.close();
    site.close();
    rmSync(folder, { recursive: true });
  });

  test('deleted by its owner, it is gone for all', async () => {
    await page.goto(`${studio.url}/${id}`);
    await stateOf(page, 'finer');
    await act(page, 'delete');
    await stateOf(page, 'delete');
    await act(page, 'delete-it');
    await stateOf(page, 'empty');
    await expect.poll(async () => (await studio.fetch(`/uploads/${id}/input.jpg`)).status).toBe(404);
    const response = await page.goto(link);
    expect(response?.status()).toBe(404);
    await stateOf(page, 'gone');
    await shot(page, `${kind}-gone`);
  });

  test('no page complained', () => {
    expect(errors.filter((error) => !/404|favicon/.test(error))).toEqual([]);
  });
});

/** The face is alive, and looks where the pointer is. */
async function follows(page: Page): Promise<void> {
  await page.waitForFunction(() => (document.querySelector('gaze-tracker') as (HTMLElement & { ready?: boolean }) | null)?.ready === true, { timeout: 200_000 });
  const left = await looksFrom(page, 20, 400);
  const right = await looksFrom(page, 1260, 400);
  expect(left.x).toBeLessThan(-0.2);
  expect(right.x).toBeGreaterThan(0.2);
}

function watch(page: Page, errors: string[]): void {
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
}
