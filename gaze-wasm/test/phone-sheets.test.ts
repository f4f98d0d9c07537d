// Which sheets a phone plays: its own, or the full ones, but never both.
import type { ServerResponse } from 'node:http';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { recorded, showCell, TestBrowser, waitForEvent } from './browser.js';
import { fixture } from './site.js';

const browser = new TestBrowser();
const PHONE = { viewport: { width: 390, height: 700 }, screen: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const FULL = ['metadata.json', 'q0.webp', 'q1.webp', 'q2.webp', 'q3.webp'];

type Answer = (response: ServerResponse) => void;
const sent = (name: string): Answer => (response) => void response.end(fixture(`thirty/${name}`));
const missing: Answer = (response) => void response.writeHead(404).end();

let folders = 0;

/** A folder of its own with the full sheets and these. */
function folder(small: Record<string, Answer>): string {
  const base = `/phone-${folders++}/`;
  for (const name of FULL) browser.site.route(base + name, sent(name));
  for (const [name, answer] of Object.entries(small)) browser.site.route(base + name, answer);
  return base;
}

const open = (src: string): Promise<Page> => browser.open(`<gaze-tracker smoothing="1" src="${src}" mode="quadrants"></gaze-tracker>`, PHONE);

test('its own, where they are there', async () => {
  const page = await open('/fixtures/thirty/');
  await waitForEvent(page, 'progress', { frames: 400 });
  expect(await recorded(page, 'ready')).toMatchObject([{ grid: 20, source: 'sheets' }]);
});

test('the full ones, where there are no others', async () => {
  const page = await open(folder({}));
  await waitForEvent(page, 'progress', { frames: 900 });
  expect(await recorded(page, 'ready')).toMatchObject([{ grid: 30, source: 'sheets' }]);
  expect(await recorded(page, 'error')).toEqual([]);
});

test('the full ones, where one is missing before any is shown; the others are not loaded to the end', async () => {
  const cancelled: string[] = [];
  /** Resolves when the missing one has been answered. */
  let answered = () => {};
  const isAnswered = new Promise<void>((resolve) => (answered = resolve));
  const base = folder({
    'q0_20.webp': (response) => void isAnswered.then(() => sent('q0_20.webp')(response)),
    'q1_20.webp': (response) => {
      response.on('finish', answered);
      missing(response);
    },
    'q2_20.webp': (response) => {
      response.on('close', () => cancelled.push('q2_20.webp'));
      response.write(fixture('thirty/q2_20.webp').slice(0, 100));
    },
    'q3_20.webp': sent('q3_20.webp'),
  });
  const page = await open(base);
  await waitForEvent(page, 'progress', { frames: 900 });
  expect(await recorded(page, 'ready')).toMatchObject([{ grid: 30 }]);
  expect(await recorded(page, 'error')).toEqual([]);
  await showCell(page, 30, 0, 29, { tolerance: 4 });
  await expect.poll(() => cancelled).toEqual(['q2_20.webp']);
});

test('its own in part, where one turns out to be missing after that', async () => {
  let answerLate = () => {};
  const base = folder({
    'q0_20.webp': sent('q0_20.webp'),
    'q1_20.webp': (response) => void (answerLate = () => missing(response)),
    'q2_20.webp': sent('q2_20.webp'),
    'q3_20.webp': sent('q3_20.webp'),
  });
  const page = await open(base);
  await waitForEvent(page, 'ready');
  await waitForEvent(page, 'progress', { frames: 100 });
  answerLate();
  const error = await waitForEvent(page, 'error');
  expect(error).toMatchObject({ code: 'missing', fatal: false });
  expect(error.message).toMatch(/q1_20\.webp could not be loaded/);
  // What has arrived can be steered, and nothing else comes.
  await showCell(page, 20, 0, 0);
  await showCell(page, 20, 9, 9);
  expect(await recorded(page, 'ready')).toMatchObject([{ grid: 20 }]);
  expect(browser.site.asked).not.toContain(`${base}q0.webp`);
});
