// The element in apps of each framework, in development and as built for production. scripts/test-frameworks.sh runs this.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestBrowser } from '../browser.js';
import { App } from './app.js';
import { checkChanges, checkEvents, checkLiving, checkRemoval, heard, open, type Way } from './checks.js';

const browser = new TestBrowser();

const MODES = ['development', 'production'] as const;
const WAYS: readonly Way[] = ['client', 'hydrated', 'late'];

describe.each((['react', 'preact', 'vue', 'svelte'] as const).flatMap((framework) => MODES.map((mode) => [framework, mode] as const)))('%s, %s', (framework, mode) => {
  let app: App;
  beforeAll(() => void (app = new App(framework, mode)));
  afterAll(() => app?.remove());

  test.each(WAYS)('%s', async (way) => {
    const { page, complaints } = await open(browser, app, way);
    await checkLiving(page);
    const early = await heard(page);
    expect(complaints).toEqual([]);
    console.log(framework, mode, way, early.filter((what) => !/gazechange/.test(what)), early.length);
    await checkChanges(page);
    await checkEvents(page);
    await checkRemoval(page);
    // The browser's own word on the address where nothing is.
    expect(complaints.filter((text) => !/404/.test(text))).toEqual([]);
  });
});
