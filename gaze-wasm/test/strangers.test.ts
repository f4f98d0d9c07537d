// Servers that answer something else than a face, or nothing that a page may read: the sentence says what, and names src.
import { readFileSync, rmSync, mkdtempSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { recorded, TestBrowser, waitForEvent, type PageOptions } from './browser.js';
import { DIST, fixture, Site } from './site.js';

const browser = new TestBrowser();
/** Another host that sends no CORS headers. */
let stranger: Site;
beforeAll(async () => void (stranger = await Site.open()));
afterAll(() => stranger.close());
let cases = 0;

const HTML = '\n<!DOCTYPE html>\n<html lang="en"><head><title>Home</title></head></html>';
const S3 = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code></Error>';
const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n';
const SHEETS = ['metadata.json', 'q0.webp', 'q1.webp', 'q2.webp', 'q3.webp'];

/** A folder in which everything that has no answer of its own is answered like that. */
function folder(answer: string | Uint8Array | number | ((response: ServerResponse) => void), files: readonly string[] = []): string {
  const base = `/stranger-${cases++}/`;
  browser.site.routeFolder(base, (response) => {
    if (typeof answer === 'function') answer(response);
    else response.writeHead(typeof answer === 'number' ? answer : 200, { 'content-type': 'text/plain' }).end(typeof answer === 'number' ? undefined : answer);
  });
  for (const name of files) browser.site.route(base + name, fixture(`six/${name}`));
  return base;
}

async function errorOf(page: Page): Promise<{ code: unknown; message: unknown }> {
  const { code, message, fatal } = await waitForEvent(page, 'error');
  expect(fatal).toBe(true);
  expect(await recorded(page, 'ready')).toEqual([]);
  expect(await recorded(page, 'error')).toHaveLength(1);
  return { code, message };
}

/** What is reported of this src. */
async function failure(src: string, attributes = '', options: PageOptions = {}): Promise<{ code: unknown; message: unknown }> {
  return errorOf(await browser.open(`<gaze-tracker src="${src}" ${attributes}></gaze-tracker>`, options));
}

describe('a server that answers everything with', () => {
  const answers: Record<string, [string | Uint8Array, string]> = {
    'a web page': [HTML, 'check src'],
    XML: [S3, 'check src'],
    JSON: ['{"error":"not found"}', 'check src'],
    text: ['Not found', 'check src'],
    'an unpulled Git LFS pointer': [LFS, 'check src'],
    'a zip archive': [Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0), 'check src'],
    'an empty file': [new Uint8Array(), 'check src'],
  };
  test.each(Object.entries(answers))('%s', async (what, [answer, advice]) => {
    const base = folder(answer);
    expect(await failure(base)).toEqual({ code: 'format', message: `src="${base}": the server sent ${what} instead of portrait.gaze: ${advice}` });
    expect(await failure(`${base}frames.gaze`)).toEqual({ code: 'format', message: `src="${base}frames.gaze": the server sent ${what} instead of frames.gaze: ${advice}` });
  });

  test('a web page, wherever src leads', async () => {
    const base = folder(HTML);
    const sent = (src: string, name: string) => ({ code: 'format', message: `src="${src.replace(/\?.*/, '?…')}": the server sent a web page instead of ${name}: check src` });
    expect(await failure(`${base}face`)).toEqual(sent(`${base}face`, 'portrait.gaze'));
    expect(await failure(`${base}face?id=7`)).toEqual(sent(`${base}face?id=7`, 'face'));
    expect(await failure(`${base}sheet.webp`)).toEqual(sent(`${base}sheet.webp`, 'sheet.webp'));
    const sheets = [0, 1, 2, 3].map((q) => `${base}${q}.png`).join();
    expect(await failure(sheets)).toEqual(sent(sheets, '0.png'));
    expect(await failure(base, 'mode="quadrants"')).toEqual(sent(base, 'q0.webp'));
  });

  test.each([[['frames.gaze'], 'pack'], [SHEETS, 'sheets'], [SHEETS.slice(1), 'sheets']] as const)('a web page, but for %s: that is played', async (files, source) => {
    const page = await browser.open(`<gaze-tracker grid="6" src="${folder(HTML, files)}"></gaze-tracker>`);
    await waitForEvent(page, 'ready', { source });
    expect(await recorded(page, 'error')).toEqual([]);
  });

  test('a web page, but for full sheets: those are played on a phone', async () => {
    const base = folder(HTML, SHEETS);
    browser.site.route(`${base}metadata.json`, JSON.stringify({ gridSize: 6, mobileGridSize: 4, imageWidth: 64, imageHeight: 80 }));
    const page = await browser.open(`<gaze-tracker src="${base}"></gaze-tracker>`, { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });
    await waitForEvent(page, 'ready', { source: 'sheets', grid: 6 });
  });

  test('a page, but for a sheet that is damaged: that is told', async () => {
    const base = folder(HTML, SHEETS);
    browser.site.route(`${base}q0.webp`, fixture('six/q0.webp').slice(0, 80));
    expect(await failure(base)).toMatchObject({ code: 'decode', message: expect.stringMatching(`^src="${base}": q0.webp could not be decoded`) });
  });

  test('a way to a page for signing in', async () => {
    const base = folder((response) => void response.writeHead(302, { location: '/login/?next=secret' }).end());
    browser.site.route('/login/', HTML);
    const expected = { code: 'format', message: `src="${base}": the server sent a web page from ${browser.site.url}/login/ instead of portrait.gaze: check src` };
    expect(await failure(base)).toEqual(expected);
  });

  test.each([
    [401, 'network', 'portrait.gaze could not be loaded: the server answered 401: is it there, and may everyone read it?'],
    [403, 'network', 'portrait.gaze could not be loaded: the server answered 403: is it there, and may everyone read it?'],
    [404, 'missing', 'neither portrait.gaze nor frames.gaze nor sprite sheets are there: check src'],
    [503, 'network', 'the folder could not be loaded: the server answered 503: try again later'],
  ])('%d', async (status, code, message) => {
    const base = folder(status);
    expect(await failure(`${base}?sig=secret`)).toEqual({ code, message: `src="${base}?…": ${message}` });
  });

  test('403, but for sheets: they are played', async () => {
    const page = await browser.open(`<gaze-tracker grid="6" src="${folder(403, SHEETS.slice(1))}"></gaze-tracker>`);
    await waitForEvent(page, 'ready', { source: 'sheets' });
  });
});

test('a file that is no face', async () => {
  const page = await browser.open('<gaze-tracker></gaze-tracker>');
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.src = new File(['PK\x03\x04'], 'face.zip')));
  expect(await errorOf(page)).toEqual({ code: 'format', message: 'there is a zip archive instead of the given face: check src' });
});

describe('nothing that a page may read', () => {
  test('on another host without CORS headers', async () => {
    stranger.route('/face/portrait.gaze', fixture('rig/portrait.gaze'));
    const { host } = new URL(stranger.url);
    expect(await failure(`${stranger.url}/face/portrait.gaze`)).toEqual({
      code: 'network',
      message: `src="${stranger.url}/face/portrait.gaze": portrait.gaze could not be fetched: is it there, and does ${host} send CORS headers?`,
    });
  });

  test('on a disk', async () => {
    expect(await failure('C:\\faces\\portrait.gaze')).toMatchObject({ code: 'network', message: expect.stringMatching(/could not be fetched: put page and face on a web server$/) });
  });

  test('without a connection', async () => {
    const page = await browser.open('<gaze-tracker></gaze-tracker>');
    await page.evaluate(() => customElements.whenDefined('gaze-tracker'));
    await page.context().setOffline(true);
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.src = '/fixtures/six/frames.gaze'));
    // Its module may come first: it cannot be fetched either.
    const error = await errorOf(page);
    expect([`src="/fixtures/six/frames.gaze": frames.gaze could not be fetched: this device is offline`]).toContain(error.message);
  });

  test('at http: from a page at https:', async () => {
    const page = await browser.page();
    await page.route('https://secure.example/**', (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname.startsWith('/player/')) return route.fulfill({ body: readFileSync(join(DIST, pathname.slice(8))), contentType: pathname.endsWith('.wasm') ? 'application/wasm' : 'text/javascript' });
      return route.fulfill({
        contentType: 'text/html',
        body: `<!doctype html><script>window.recorded = []; addEventListener('error', (e) => window.recorded.push({ type: 'error', detail: { code: e.error?.code, message: e.message, fatal: e.error?.fatal } }), true)</script>
          <script type="module" src="/player/define.js"></script><gaze-tracker src="http://faces.example/portrait.gaze"></gaze-tracker>`,
      });
    });
    await page.goto('https://secure.example/');
    expect(await errorOf(page)).toEqual({
      code: 'network',
      message: 'src="http://faces.example/portrait.gaze": portrait.gaze could not be fetched: use https:, as the page does',
    });
  });

  test('beside a page that is a file itself', async () => {
    const place = mkdtempSync(join(tmpdir(), 'gaze-page-'));
    try {
      writeFileSync(join(place, 'portrait.gaze'), fixture('rig/portrait.gaze'));
      writeFileSync(join(place, 'page.html'), `<!doctype html><script>window.recorded = []; addEventListener('error', (e) => window.recorded.push({ type: 'error', detail: { code: e.error?.code, message: e.message, fatal: e.error?.fatal } }), true)</script>
        <gaze-tracker src="portrait.gaze"></gaze-tracker><script type="module">${readFileSync(join(DIST, 'gaze-tracker.js'), 'utf8').replace(/<\/script/g, '<\\/script')}</script>`);
      const page = await browser.page();
      await page.goto(`file://${place}/page.html`);
      expect(await errorOf(page)).toEqual({
        code: 'network',
        message: 'src="portrait.gaze": portrait.gaze could not be fetched: put page and face on a web server',
      });
    } finally {
      rmSync(place, { recursive: true });
    }
  });
});
