// The element in apps of each framework, in development and as built for production. scripts/test-frameworks.sh runs this.
import { afterAll, beforeAll, describe, test } from 'vitest';
import { TestBrowser } from '../browser.js';
import { App, type Framework, type Mode } from './app.js';
import { checkApp, type Way } from './checks.js';

const browser = new TestBrowser();

const FRAMEWORKS: readonly Framework[] = ['react', 'preact', 'vue', 'svelte'];
const MODES: readonly Mode[] = ['development', 'production'];
const WAYS: readonly Way[] = ['client', 'hydrated', 'late'];

describe.each(FRAMEWORKS.flatMap((framework) => MODES.map((mode) => [framework, mode] as const)))('%s, %s', (framework, mode) => {
  let app: App;
  beforeAll(() => void (app = new App(framework, mode)));
  afterAll(() => app?.remove());

  test.each(WAYS)('%s', (way) => checkApp(browser, app, way));
});
